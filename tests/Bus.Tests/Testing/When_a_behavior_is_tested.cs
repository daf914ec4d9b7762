using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Pipeline;
using NServiceBus.Testing;
using NServiceBus.Transport;
using NServiceBus.Unicast.Messages;

namespace Dovetail.Bus.Tests.Testing;

[TestClass]
public sealed class When_a_behavior_is_tested
{
    [TestMethod]
    public async Task What_it_does_to_a_message_on_its_way_out_is_seen()
    {
        var context = new TestableOutgoingLogicalMessageContext { Message = new OutgoingLogicalMessage(typeof(PrintLabel), new PrintLabel("R-1", "A6")) };
        context.ServiceCollection.AddSingleton(new Tenant("blue"));

        await new StampTenant().Invoke(context, () => Task.CompletedTask);

        Assert.AreEqual("blue", context.Headers["tenant"]);
        Assert.AreEqual("A5", ((PrintLabel)context.Message.Instance).Format);
        Assert.AreEqual(typeof(PrintLabel), context.Message.MessageType);
        Assert.AreEqual("R-1", context.FindPublishedMessage<LabelPrinted>().TrackingNumber);
        Assert.IsTrue(context.ShouldSkipSerialization());
    }

    [TestMethod]
    public void What_it_does_to_a_message_that_came_in_is_seen()
    {
        var physical = new TestableIncomingPhysicalMessageContext { Message = new IncomingMessage("1", [], "{}"u8.ToArray()) };
        physical.UpdateMessage("[]"u8.ToArray());
        Assert.IsTrue(physical.Message.Body.Span.SequenceEqual("[]"u8));

        var logical = new TestableIncomingLogicalMessageContext { Message = new LogicalMessage(new MessageMetadata(typeof(string)), "text") };
        logical.UpdateMessageInstance(7);
        Assert.AreEqual(typeof(int), logical.Message.MessageType);

        var body = new TestableOutgoingPhysicalMessageContext();
        body.UpdateMessage("{}"u8.ToArray());
        Assert.AreEqual(2, body.Body.Length);
    }

    [TestMethod]
    public async Task A_handler_that_only_a_test_knows_says_that_it_calls_nothing()
    {
        IInvokeHandlerContext context = new TestableInvokeHandlerContext();

        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => context.MessageHandler.Invoke(context.MessageBeingHandled, context));
    }

    sealed record Tenant(string Name);

    sealed class StampTenant : Behavior<IOutgoingLogicalMessageContext>
    {
        public override async Task Invoke(IOutgoingLogicalMessageContext context, Func<Task> next)
        {
            context.Headers["tenant"] = context.Builder.GetRequiredService<Tenant>().Name;
            var label = (PrintLabel)context.Message.Instance;
            context.UpdateMessage(label with { Format = "A5" });
            context.SkipSerialization();
            await context.Publish(new LabelPrinted(label.ReturnId));
            await next();
        }
    }
}
