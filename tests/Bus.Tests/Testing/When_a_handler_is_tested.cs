using Dovetail.Bus.Tests.Hosting;
using NServiceBus;
using NServiceBus.Testing;

namespace Dovetail.Bus.Tests.Testing;

[TestClass]
public sealed class When_a_handler_is_tested
{
    [TestMethod]
    public async Task What_it_sent_and_replied_is_there_with_its_options()
    {
        var context = new TestableMessageHandlerContext();

        await new PrintLabelHandler().Handle(new PrintLabel("R-1", "A6"), context);

        Assert.AreEqual(new LabelPrinted("RU-R-1"), context.FindReplyMessage<LabelPrinted>());
        var check = context.SentMessages.Containing<CheckPickup>().Single();
        Assert.AreEqual("RU-R-1", check.Message.TrackingNumber);
        Assert.AreEqual(TimeSpan.FromDays(2), check.Options.GetDeliveryDelay());
        Assert.IsTrue(check.Options.IsRoutingToThisEndpoint());
        Assert.IsEmpty(context.PublishedMessages);
    }

    [TestMethod]
    public async Task What_it_did_not_send_is_null()
    {
        var context = new TestableMessageHandlerContext();
        await context.Send("Labels", new PrintLabel("R-1", "A6"));

        Assert.IsNull(context.FindSentMessage<CheckPickup>());
        Assert.IsNull(context.FindPublishedMessage<PrintLabel>());
        Assert.IsNull(context.FindReplyMessage<PrintLabel>());
        Assert.IsNull(context.FindTimeoutMessage<PrintLabel>());
        Assert.IsNull(context.SentMessages[0].Message<CheckPickup>());
        Assert.AreEqual("R-1", context.SentMessages[0].Message<PrintLabel>().ReturnId);
        Assert.AreEqual("Labels", context.SentMessages[0].Options.GetDestination());
    }

    [TestMethod]
    public async Task Messages_are_found_by_a_type_they_derive_from_and_in_their_order()
    {
        IMessageHandlerContext handler = new TestableMessageHandlerContext();
        await handler.Publish(new Refunded("R-1", 10));
        await handler.Publish(new Cancelled("R-2"));
        await handler.Reply(new Cancelled("R-3"));
        var context = (TestableMessageHandlerContext)handler;

        CollectionAssert.AreEqual(new[] { "R-1", "R-2" }, context.PublishedMessages.Containing<Closed>().Select(closed => closed.Message.ReturnId).ToArray());
        Assert.AreEqual("R-1", context.FindPublishedMessage<Closed>().ReturnId);
        Assert.AreEqual("R-2", context.PublishedMessages[1].Message<Cancelled>().ReturnId);
        Assert.AreEqual("R-3", context.RepliedMessages.Containing<Closed>().Single().Message.ReturnId);
        Assert.AreEqual("R-3", context.RepliedMessages[0].Message<Cancelled>().ReturnId);
    }

    [TestMethod]
    public async Task The_message_is_what_the_test_says_it_is()
    {
        using var stop = new CancellationTokenSource();
        var context = new TestableMessageHandlerContext
        {
            MessageId = "message-1", ReplyToAddress = "Shop", CancellationToken = stop.Token, MessageHeaders = new Dictionary<string, string> { ["tenant"] = "north" },
        };
        context.Extensions.Set("a value of a behaviour");

        IMessageHandlerContext handler = context;
        await handler.ForwardCurrentMessageTo("archive");
        handler.DoNotContinueDispatchingCurrentMessageToHandlers();

        Assert.AreEqual(("message-1", "Shop", "north", stop.Token), (handler.MessageId, handler.ReplyToAddress, handler.MessageHeaders["tenant"], handler.CancellationToken));
        Assert.AreEqual("a value of a behaviour", handler.Extensions.Get<string>());
        Assert.IsNotNull(handler.SynchronizedStorageSession);
        CollectionAssert.AreEqual(new[] { "archive" }, context.ForwardedMessages);
        Assert.IsTrue(context.HandlerInvocationAborted);
    }

    [TestMethod]
    public void A_context_that_was_told_nothing_has_an_id_of_its_own_and_a_reply_address()
    {
        var context = new TestableMessageHandlerContext();

        Assert.IsTrue(Guid.TryParse(context.MessageId, out _));
        Assert.AreNotEqual(context.MessageId, new TestableMessageHandlerContext().MessageId);
        Assert.AreEqual("reply address", context.ReplyToAddress);
        Assert.IsFalse(context.HandlerInvocationAborted);
    }

    [TestMethod]
    public async Task A_sagas_timeout_is_a_sent_message_and_a_timeout_but_a_delayed_message_is_no_timeout()
    {
        var context = new TestableMessageHandlerContext();
        var noon = new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
        var (delayed, at) = (Marked(), Marked());
        delayed.DelayDeliveryWith(TimeSpan.FromHours(1));
        at.DoNotDeliverBefore(noon);
        var unmarked = new SendOptions();
        unmarked.DelayDeliveryWith(TimeSpan.FromHours(1));

        await context.Send("after an hour", delayed);
        await context.Send("at noon", at);
        await context.Send("no timeout", unmarked);

        Assert.HasCount(3, context.SentMessages);
        Assert.AreEqual("after an hour", context.FindTimeoutMessage<string>());
        CollectionAssert.AreEqual(
            new (TimeSpan?, DateTimeOffset?)[] { (TimeSpan.FromHours(1), null), (null, noon) },
            context.TimeoutMessages.Select(timeout => (timeout.Within, timeout.At)).ToArray());
    }

    [TestMethod]
    public async Task It_may_send_from_many_tasks_at_once()
    {
        var context = new TestableMessageHandlerContext();

        await Parallel.ForAsync(0, 1000, async (number, _) => await context.Send(new CheckPickup($"{number}")));

        Assert.HasCount(1000, context.SentMessages.Containing<CheckPickup>().DistinctBy(sent => sent.Message).ToList());
    }

    [TestMethod]
    public async Task Messages_that_it_only_fills_are_there_also_as_interfaces()
    {
        var context = new TestableMessageHandlerContext();

        await context.Publish<IParcelEvent>(parcel => parcel.Parcel = "P-1");
        await context.Send<IParcelEvent>("Delivery", parcel => parcel.Parcel = "P-2");
        await context.SendLocal<IParcelEvent>(parcel => parcel.Parcel = "P-3");
        await context.Reply<IParcelEvent>(parcel => parcel.Parcel = "P-4");

        Assert.AreEqual("P-1", context.FindPublishedMessage<IParcelEvent>().Parcel);
        CollectionAssert.AreEqual(new[] { "P-2", "P-3" }, context.SentMessages.Containing<IParcelEvent>().Select(sent => sent.Message.Parcel).ToArray());
        Assert.AreEqual("Delivery", context.SentMessages[0].Options.GetDestination());
        Assert.IsTrue(context.SentMessages[1].Options.IsRoutingToThisEndpoint());
        Assert.AreEqual("P-4", context.FindReplyMessage<IParcelEvent>().Parcel);
    }

    static SendOptions Marked()
    {
        var options = new SendOptions();
        options.SetHeader(Headers.IsSagaTimeoutMessage, bool.TrueString);
        return options;
    }

    abstract record Closed(string ReturnId);

    sealed record Refunded(string ReturnId, decimal Amount) : Closed(ReturnId);

    sealed record Cancelled(string ReturnId) : Closed(ReturnId);
}
