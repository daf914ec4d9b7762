using System.Text;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.MessageMutator;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What mutators may change, and what keeps its original form, on every transport and store. Derive one class for each pair.</summary>
public abstract class MutationContract(TestContext test) : BusContract(test)
{
    [Scenario(63)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_came_in_may_become_another_which_meets_its_own_handlers()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.RegisterMessageMutator(new AskBecomesAnswer());
        }
        ));

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        Assert.AreEqual("was asked x", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
    }

    [Scenario(64, 65)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_is_changed_on_the_way_out_is_what_the_receiver_sees()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AskHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.RegisterMessageMutator(new Stamping());
        }
        ));

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        Assert.AreEqual("ANSWER TO X", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text.ToUpperInvariant());
        var answer = scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single(headers => headers[Headers.MessageIntent] == "Reply");
        Assert.AreEqual("answers AskCommand", answer["stamp"]);
    }

    [Scenario(66, 67)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Audit_and_error_copies_keep_the_body_that_came_in()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.AuditProcessedMessagesTo("audit");
            sales.Recoverability().AddUnrecoverableException<InvalidOperationException>();
            sales.RegisterMessageMutator(new Decrypting());
        }
        ));
        await scenario.Session("Sales").SendLocal(new FailCommand("secret"), Cancellation);
        await scenario.Session("Sales").SendLocal(new AnswerMessage("secret"), Cancellation);

        Assert.AreEqual("clear", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        await using var transport = Open();
        StringAssert.Contains(Encoding.UTF8.GetString((await Take(transport, "audit", 1)).Single().Body.Span), "secret");
        var parked = await Parked();
        StringAssert.Contains(Encoding.UTF8.GetString(parked.Body.Span), "secret");
        Assert.IsFalse(parked.Headers.ContainsKey("decrypted"), "What a failed attempt did to the headers is forgotten.");
    }

    [TestMethod]
    public void What_mutates_nothing_is_refused() => Assert.ThrowsExactly<ArgumentException>(() => new EndpointConfiguration("Sales").RegisterMessageMutator(new object()));

    sealed class AskBecomesAnswer : IMutateIncomingMessages
    {
        public Task MutateIncoming(MutateIncomingMessageContext context)
        {
            if (context.Message is AskCommand ask) context.Message = new AnswerMessage($"was asked {ask.Text}");
            return Task.CompletedTask;
        }
    }

    sealed class Stamping : IMutateOutgoingMessages, IMutateOutgoingTransportMessages
    {
        public Task MutateOutgoing(MutateOutgoingMessageContext context)
        {
            if (context.TryGetIncomingMessage(out var incoming)) context.OutgoingHeaders["stamp"] = $"answers {incoming.GetType().Name}";
            return Task.CompletedTask;
        }

        public Task MutateOutgoing(MutateOutgoingTransportMessageContext context)
        {
            context.OutgoingBody = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(context.OutgoingBody.Span).Replace("answer", "ANSWER", StringComparison.Ordinal));
            return Task.CompletedTask;
        }
    }

    sealed class Decrypting : IMutateIncomingTransportMessages
    {
        public Task MutateIncoming(MutateIncomingTransportMessageContext context)
        {
            context.Body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(context.Body.Span).Replace("secret", "clear", StringComparison.Ordinal));
            context.Headers["decrypted"] = "True";
            return Task.CompletedTask;
        }
    }
}
