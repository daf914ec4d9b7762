using NServiceBus;
using NServiceBus.Testing;
using static Dovetail.Bus.Tests.Testing.Conversation;

namespace Dovetail.Bus.Tests.Testing;

using Talk = TestableSaga<Conversation, Conversation.State>;

/// <summary>What a saga sends and sees again: at once, as a reply, or when its time has come.</summary>
[TestClass]
public sealed class TestableSagaQueueTests
{
    static readonly DateTime Noon = new(2026, 3, 2, 12, 0, 0, DateTimeKind.Utc);
    static readonly Begin Weather = new("weather");

    [TestMethod]
    public async Task What_a_saga_sends_or_publishes_to_itself_waits_in_order()
    {
        var talk = Begins(async context =>
        {
            await context.SendLocal(new Word("weather"));
            await context.Publish(new Loud("weather"));
            await context.Publish(new ReturnClosed("R-1", "of no interest to this saga", Noon));
            await context.Send("Elsewhere", new Question("?"));
        });
        var begun = await talk.Handle(Weather);

        Assert.AreEqual(2, talk.QueueLength);
        Assert.AreEqual(typeof(Word), talk.QueuePeek().Type);
        Assert.AreEqual("Send", talk.QueuePeek().Headers[Headers.MessageIntent]);
        Assert.AreEqual(begun.SagaId.ToString(), talk.QueuePeek().Headers[Headers.OriginatingSagaId]);
        Assert.AreEqual(new Word("weather"), (await talk.HandleQueuedMessage()).HandledMessage.Message);
        Assert.AreEqual("Publish", (await talk.HandleQueuedMessage()).HandledMessage.Headers[Headers.MessageIntent]);
        Assert.IsFalse(talk.HasQueuedMessages);
    }

    [TestMethod]
    public async Task A_simulated_handlers_reply_finds_the_instance_that_asked()
    {
        var talk = TestableSagaTests.Saga((_, message, context) => message is Begin begin ? context.Send(new Question(begin.Topic)) : Task.CompletedTask);
        talk.SimulateReply((Question question) => new Answer($"nothing new about {question.Text}"));
        talk.SimulateReply((Question question) => question.Text == "work" ? new Answer("one more thing") : null);
        await talk.Handle(Weather);
        await talk.Handle(new Begin("work"));

        Assert.AreEqual("weather", (await talk.HandleQueuedMessage()).SagaDataSnapshot.Topic);
        Assert.AreEqual(new Answer("nothing new about work"), (await talk.HandleQueuedMessage()).HandledMessage.Message);
        var last = await talk.HandleQueuedMessage();
        Assert.AreEqual((new Answer("one more thing"), "work"), (last.HandledMessage.Message, last.SagaDataSnapshot.Topic));
        Assert.IsFalse(talk.HasQueuedMessages);
    }

    [TestMethod]
    public async Task A_reply_to_an_instance_that_has_ended_comes_to_nothing()
    {
        var talk = TestableSagaTests.Saga(async (saga, _, context) =>
        {
            await context.Send(new Question("?"));
            saga.End();
        });
        talk.SimulateReply((Question _) => new Answer("too late"));
        await talk.Handle(Weather);

        Assert.IsNull(await talk.HandleQueuedMessage());
        Assert.IsFalse(talk.HasQueuedMessages);
    }

    [TestMethod]
    public async Task To_handle_the_next_message_where_none_waits_is_a_mistake()
    {
        var talk = TestableSagaTests.Saga();

        StringAssert.Contains((await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => talk.HandleQueuedMessage())).Message, "No message waits for Conversation");
        Assert.ThrowsExactly<InvalidOperationException>(() => talk.QueuePeek());
    }

    [TestMethod]
    public async Task A_message_that_fails_stays_where_it_is_and_what_it_led_to_is_forgotten()
    {
        var fails = true;
        var talk = TestableSagaTests.Saga(async (_, message, context) =>
        {
            if (message is Begin || fails) await context.SendLocal(new Word("weather"));
            if (message is Word && fails) throw new TimeoutException("the other side is silent");
        });
        await talk.Handle(Weather);
        await Assert.ThrowsExactlyAsync<TimeoutException>(() => talk.HandleQueuedMessage());
        Assert.AreEqual(1, talk.QueueLength);

        fails = false;
        CollectionAssert.AreEqual(new[] { Weather.ToString(), "word" }, (await talk.HandleQueuedMessage()).SagaDataSnapshot.Heard);
        Assert.AreEqual(0, talk.QueueLength);
    }

    [TestMethod]
    public async Task Timeouts_and_delayed_messages_come_in_the_order_of_their_times()
    {
        var talk = Begins(async (saga, context) =>
        {
            await saga.WakeAfter(TimeSpan.FromHours(2), "two hours", context);
            await saga.WakeAt(Noon.AddHours(1), "one hour", context);
            await saga.WakeAfter(TimeSpan.FromHours(2), "two hours, later", context);
            var soon = new SendOptions();
            soon.RouteToThisEndpoint();
            soon.DelayDeliveryWith(TimeSpan.FromMinutes(90));
            await context.Send(new Word("weather"), soon);
        });
        await talk.Handle(Weather);
        Assert.AreEqual(0, talk.QueueLength);

        Assert.IsEmpty(await talk.AdvanceTime(TimeSpan.FromMinutes(59)));
        var passed = await talk.AdvanceTime(TimeSpan.FromHours(2));

        CollectionAssert.AreEqual(
            new object[] { new Silence("one hour"), new Word("weather"), new Silence("two hours"), new Silence("two hours, later") },
            passed.Select(result => result.HandledMessage.Message).ToArray());
        Assert.AreEqual(Noon.AddMinutes(179), talk.CurrentTime);
        Assert.IsEmpty(await talk.AdvanceTime(TimeSpan.FromDays(1)));
    }

    [TestMethod]
    public async Task A_timeout_that_a_timeout_asked_for_counts_from_the_time_of_the_first()
    {
        Talk? talk = null;
        var at = new List<DateTime>();
        talk = TestableSagaTests.Saga((saga, _, context) =>
        {
            at.Add(talk!.CurrentTime);
            return saga.WakeAfter(TimeSpan.FromHours(1), "again", context);
        });
        await talk.Handle(Weather);

        Assert.HasCount(3, await talk.AdvanceTime(TimeSpan.FromMinutes(200)));
        CollectionAssert.AreEqual(new[] { Noon, Noon.AddHours(1), Noon.AddHours(2), Noon.AddHours(3) }, at);
        Assert.AreEqual(Noon.AddMinutes(200), talk.CurrentTime);
    }

    [TestMethod]
    public async Task A_timeout_of_an_instance_that_has_ended_is_left_out()
    {
        var talk = TestableSagaTests.Saga(async (saga, _, context) =>
        {
            await saga.WakeAfter(TimeSpan.FromHours(1), "too late", context);
            saga.End();
        });
        Assert.IsNotNull((await talk.Handle(Weather)).FindTimeoutMessage<Silence>());

        Assert.IsEmpty(await talk.AdvanceTime(TimeSpan.FromHours(1)));
    }

    [TestMethod]
    public async Task A_test_may_give_the_context_of_each_timeout_or_one_for_all()
    {
        var talk = TestableSagaTests.Saga((saga, _, context) => saga.WakeAfter(TimeSpan.FromHours(1), "again", context));
        var context = new TestableMessageHandlerContext();
        var asked = new List<object>();
        await talk.Handle(Weather, context);

        var passed = await talk.AdvanceTime(TimeSpan.FromHours(3), outgoing =>
        {
            asked.Add(outgoing.Message);
            return context;
        });

        Assert.HasCount(3, passed, "One timeout at a time, though the context still holds the earlier ones.");
        CollectionAssert.AreEqual(new object[] { new Silence("again"), new Silence("again"), new Silence("again") }, asked);
        Assert.HasCount(4, context.TimeoutMessages);
        Assert.AreSame(context, passed[2].Context);
    }

    [TestMethod]
    public async Task A_timeout_that_fails_stops_the_clock_at_its_time_and_stays_due()
    {
        var fails = true;
        var talk = TestableSagaTests.Saga((saga, message, context) => message switch
        {
            Begin => saga.WakeAfter(TimeSpan.FromHours(1), "an hour", context),
            _ when fails => throw new TimeoutException("the other side is silent"),
            _ => Task.CompletedTask,
        });
        await talk.Handle(Weather);
        await Assert.ThrowsExactlyAsync<TimeoutException>(() => talk.AdvanceTime(TimeSpan.FromDays(1)));
        Assert.AreEqual(Noon.AddHours(1), talk.CurrentTime);

        fails = false;
        Assert.HasCount(1, await talk.AdvanceTime(TimeSpan.Zero));
    }

    [TestMethod]
    public async Task Time_goes_forward_only_and_no_further_once_it_is_called_off()
    {
        using var stop = new CancellationTokenSource();
        var talk = Begins((saga, context) => saga.WakeAfter(TimeSpan.FromHours(1), "an hour", context));
        await talk.Handle(Weather);
        await stop.CancelAsync();

        await Assert.ThrowsExactlyAsync<ArgumentOutOfRangeException>(() => talk.AdvanceTime(TimeSpan.FromSeconds(-1)));
        await Assert.ThrowsExactlyAsync<OperationCanceledException>(() => talk.AdvanceTime(TimeSpan.FromDays(1), cancellationToken: stop.Token));
        Assert.AreEqual(Noon, talk.CurrentTime);
    }

    static Talk Begins(Func<IMessageHandlerContext, Task> act) => Begins((_, context) => act(context));

    static Talk Begins(Func<Conversation, IMessageHandlerContext, Task> act) =>
        TestableSagaTests.Saga((saga, message, context) => message is Begin ? act(saga, context) : Task.CompletedTask);
}
