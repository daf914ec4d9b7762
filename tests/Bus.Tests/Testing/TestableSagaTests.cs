using NServiceBus;
using NServiceBus.Testing;
using static Dovetail.Bus.Tests.Testing.Conversation;

namespace Dovetail.Bus.Tests.Testing;

using Action = Func<Conversation, object, IMessageHandlerContext, Task>;
using Talk = TestableSaga<Conversation, Conversation.State>;

[TestClass]
public sealed class TestableSagaTests
{
    static readonly DateTime Noon = new(2026, 3, 2, 12, 0, 0, DateTimeKind.Utc);
    static readonly Begin Weather = new("weather");

    [TestMethod]
    public async Task Messages_find_their_instance_by_a_property_by_a_header_and_by_its_id()
    {
        var talk = Saga();
        var weather = (await talk.Handle(Weather)).SagaId;
        var work = (await talk.Handle(new Begin("work"))).SagaId;

        Assert.AreNotEqual(weather, work);
        Assert.AreEqual(work, (await talk.Handle(new Word("work"))).SagaId);
        Assert.AreEqual(weather, (await talk.Handle(Weather)).SagaId);
        Assert.AreEqual(work, (await talk.Handle(new Labelled(), messageHeaders: new Dictionary<string, string> { ["topic"] = "work" })).SagaId);
        Assert.AreEqual(weather, (await talk.Handle(new Labelled(), new TestableMessageHandlerContext { MessageHeaders = { ["topic"] = "weather" } })).SagaId);
        Assert.AreEqual(weather, (await talk.HandleReply(weather, new Answer("rain"))).SagaId);
    }

    [TestMethod]
    public async Task An_event_is_not_found_by_the_id_of_the_saga_that_published_it()
    {
        var talk = Saga();
        await talk.Handle(Weather);
        var work = await talk.Handle(new Begin("work"));
        var headers = new Dictionary<string, string> { [Headers.SagaId] = work.SagaId.ToString(), [Headers.MessageIntent] = nameof(MessageIntent.Publish) };

        Assert.AreEqual("weather", (await talk.Handle(new Word("weather"), messageHeaders: headers)).SagaDataSnapshot.Topic);
    }

    [TestMethod]
    public async Task A_message_that_finds_nothing_and_may_begin_nothing_is_refused()
    {
        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Saga().Handle(new Word("politics")));
        StringAssert.Contains(failure.Message, "No Conversation with Topic 'politics' is running, and Word may not begin one.");
    }

    [TestMethod]
    public async Task A_message_without_mapping_needs_the_sagas_id()
    {
        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Saga().Handle(new Answer("rain")));
        StringAssert.Contains(failure.Message, "hand the message over with HandleReply");
    }

    [TestMethod]
    public async Task A_message_that_the_saga_does_not_handle_is_refused()
    {
        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Saga().Handle(new Question("?")));
        StringAssert.Contains(failure.Message, "Conversation does not handle Question.");
    }

    [TestMethod]
    public void A_saga_that_could_not_run_can_not_be_tested() =>
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => new TestableSaga<Unfindable, State>()).Message, "Unfindable");

    [TestMethod]
    public async Task What_was_meant_for_an_ended_instance_or_for_another_saga_comes_to_nothing()
    {
        var talk = Saga((saga, message, _) => message is Word ? End(saga) : Task.CompletedTask);
        var begun = await talk.Handle(Weather);
        var forOther = new Dictionary<string, string> { [Headers.SagaType] = typeof(ParcelReturn).AssemblyQualifiedName! };
        Assert.IsNull(await talk.HandleReply(begun.SagaId, new Answer("rain"), messageHeaders: forOther));

        Assert.IsTrue((await talk.Handle(new Word("weather"))).Completed);
        Assert.IsNull(await talk.HandleReply(begun.SagaId, new Answer("rain")));
    }

    [TestMethod]
    public async Task An_instance_that_ended_may_begin_again()
    {
        var talk = Saga((saga, message, _) => message is Begin ? Task.CompletedTask : End(saga));
        var first = await talk.Handle(Weather);
        await talk.Handle(new Word("weather"));
        var second = await talk.Handle(Weather);

        Assert.AreNotEqual(first.SagaId, second.SagaId);
        CollectionAssert.AreEqual(new[] { Weather.ToString() }, second.SagaDataSnapshot.Heard);
    }

    [TestMethod]
    public async Task A_new_instance_knows_its_topic_and_who_began_it()
    {
        var talk = Saga((saga, _, context) => saga.AnswerOriginator(new Answer("well"), context));
        var byContext = await talk.Handle(Weather, new TestableMessageHandlerContext { MessageId = "message-1", ReplyToAddress = "Shop" });
        var byHeaders = await talk.Handle(
            new Begin("work"), messageHeaders: new Dictionary<string, string> { [Headers.ReplyToAddress] = "Partners", [Headers.MessageId] = "message-2" });

        Assert.AreEqual(("weather", "Shop", "message-1"), Origin(byContext));
        Assert.AreEqual(("work", "Partners", "message-2"), Origin(byHeaders));
        Assert.AreEqual("well", byContext.FindReplyMessage<Answer>().Text);
        Assert.AreEqual("Shop", byContext.Context.RepliedMessages.Single().Options.GetDestination());
    }

    [TestMethod]
    public async Task A_snapshot_stays_as_it_was_and_holds_what_a_store_would_keep()
    {
        var talk = Saga((saga, _, _) =>
        {
            Assert.IsNull(saga.Data.Whispered);
            saga.Data.Whispered = "secret";
            return Task.CompletedTask;
        });
        var begun = await talk.Handle(Weather);
        var later = await talk.Handle(new Word("weather"));

        Assert.HasCount(1, begun.SagaDataSnapshot.Heard);
        CollectionAssert.AreEqual(new[] { Weather.ToString(), "word" }, later.SagaDataSnapshot.Heard);
        Assert.IsNull(later.SagaDataSnapshot.Whispered);
    }

    [TestMethod]
    public async Task Every_method_for_a_type_or_its_base_is_called_until_the_saga_says_stop()
    {
        var all = await Told(Saga(), new Loud("weather"));
        var stopped = await Told(Saga((_, message, context) =>
        {
            if (message is Loud) context.DoNotContinueDispatchingCurrentMessageToHandlers();
            return Task.CompletedTask;
        }), new Loud("weather"));

        Assert.HasCount(3, all.SagaDataSnapshot.Heard);
        Assert.HasCount(2, stopped.SagaDataSnapshot.Heard);
    }

    [TestMethod]
    public async Task The_saga_sees_the_messages_headers_and_the_tests_context_stays_the_tests()
    {
        var context = new TestableMessageHandlerContext { MessageHeaders = { ["tenant"] = "north" } };
        var seen = new List<string>();
        var talk = Saga((_, _, handling) =>
        {
            seen.AddRange(handling.MessageHeaders.Select(header => $"{header.Key}: {header.Value}"));
            return Task.CompletedTask;
        });

        await talk.Handle(Weather, context, new Dictionary<string, string> { ["priority"] = "high" });

        CollectionAssert.AreEquivalent(new[] { "tenant: north", "priority: high" }, seen);
        CollectionAssert.AreEqual(new[] { "tenant" }, context.MessageHeaders.Keys.ToArray());
    }

    [TestMethod]
    public async Task A_saga_that_changes_what_it_is_found_by_is_refused()
    {
        var renamed = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Saga((saga, _, _) => Do(() => saga.Data.Topic = "work")).Handle(Weather));
        var replaced = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Saga((saga, _, _) => Do(() => saga.Data.Id = Guid.Empty)).Handle(Weather));

        StringAssert.Contains(renamed.Message, "changed Topic from 'weather' to 'work'");
        StringAssert.Contains(replaced.Message, "changed its Id");
    }

    [TestMethod]
    public void The_clock_is_in_UTC_and_begins_where_the_test_says_or_now()
    {
        var local = Noon.ToLocalTime();
        Assert.AreEqual(Noon, new Talk(() => new Conversation(Nothing), local).CurrentTime);
        Assert.AreEqual(Noon, new Talk(() => new Conversation(Nothing), DateTime.SpecifyKind(Noon, DateTimeKind.Unspecified)).CurrentTime);
        Assert.AreEqual(DateTimeKind.Utc, new Talk(() => new Conversation(Nothing), DateTime.SpecifyKind(Noon, DateTimeKind.Unspecified)).CurrentTime.Kind);
        Assert.IsGreaterThan(TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-1), new Talk(() => new Conversation(Nothing)).CurrentTime);
    }

    [TestMethod]
    public void A_saga_without_a_factory_is_made_by_its_own_constructor() => Assert.IsFalse(new TestableSaga<Plain, State>().HasQueuedMessages);

    internal static Talk Saga(Action? act = null) => new(() => new Conversation(act ?? Nothing), Noon);

    internal static Task Nothing(Conversation saga, object message, IMessageHandlerContext context) => Task.CompletedTask;

    static async Task<Talk.HandleResult> Told(Talk talk, object message)
    {
        await talk.Handle(Weather);
        return await talk.Handle(message);
    }

    static Task End(Conversation saga) => Do(saga.End);

    static Task Do(System.Action change)
    {
        change();
        return Task.CompletedTask;
    }

    static (string, string?, string?) Origin(Talk.HandleResult result) =>
        (result.SagaDataSnapshot.Topic, result.SagaDataSnapshot.Originator, result.SagaDataSnapshot.OriginalMessageId);

    sealed class Plain : Saga<State>, IAmStartedByMessages<Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Topic).ToMessage<Begin>(message => message.Topic);
    }

    sealed class Unfindable : Saga<State>, IAmStartedByMessages<Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) { }
    }
}
