using System.Globalization;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

sealed record AskCommand(string Text);

sealed record AnswerMessage(string Text);

sealed record FailCommand(string Text);

sealed record FailOnceCommand;

sealed record WaitCommand;

record HappenedEvent(string Id);

sealed record OrderedEvent(string Id) : HappenedEvent(Id);

sealed class AskHandler(Notes notes) : IHandleMessages<AskCommand>
{
    public Task Handle(AskCommand message, IMessageHandlerContext context)
    {
        notes.Write(context.MessageHeaders);
        return context.Reply(new AnswerMessage($"answer to {message.Text}"));
    }
}

sealed class AnswerHandler(Notes notes) : IHandleMessages<AnswerMessage>
{
    public Task Handle(AnswerMessage message, IMessageHandlerContext context)
    {
        notes.Write(context.MessageHeaders);
        notes.Write(message);
        return Task.CompletedTask;
    }
}

sealed class SendAndFailOnceHandler(Notes notes) : IHandleMessages<FailOnceCommand>
{
    public async Task Handle(FailOnceCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        var attempt = notes.Of<FailOnceCommand>().Count;
        await context.SendLocal(new AnswerMessage(string.Create(CultureInfo.InvariantCulture, $"attempt {attempt}")));
        if (attempt == 1) throw new InvalidOperationException("only the first time");
    }
}

sealed class AlwaysFailHandler(Notes notes) : IHandleMessages<FailCommand>
{
    public Task Handle(FailCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        throw new InvalidOperationException(message.Text);
    }
}

sealed class WaitingHandler(Notes notes) : IHandleMessages<WaitCommand>
{
    public Task Handle(WaitCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        return notes.Gate("partner").Task.WaitAsync(context.CancellationToken);
    }
}

sealed class OrderedHandler(Notes notes) : IHandleMessages<OrderedEvent>
{
    public Task Handle(OrderedEvent message, IMessageHandlerContext context)
    {
        notes.Write($"billing {message.Id}");
        return Task.CompletedTask;
    }
}

sealed class AnythingHappenedHandler(Notes notes) : IHandleMessages<HappenedEvent>
{
    public Task Handle(HappenedEvent message, IMessageHandlerContext context)
    {
        notes.Write($"shipping {message.Id}");
        return Task.CompletedTask;
    }
}
