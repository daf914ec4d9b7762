using Dovetail.Bus.Sagas;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.Sagas;

namespace Dovetail.Bus.Tests.Sagas;

/// <summary>A saga that can't work is refused when it is added, with words that say how to mend it.</summary>
[TestClass]
public sealed class SagaDefinitionTests
{
    [Scenario(130)]
    [TestMethod]
    public void A_saga_that_nothing_starts_is_refused() => Refused<NothingStarts>("Implement IAmStartedByMessages<T>");

    [Scenario(130)]
    [TestMethod]
    public void A_start_message_without_mapping_is_refused_with_a_line_to_paste() => Refused<Unmapped>("ToMessage<Begin>(message => message.SomeId)");

    [Scenario(130)]
    [TestMethod]
    public void A_correlation_by_an_unreliable_type_is_refused() => Refused<ByDate>("Use a Guid, a string or an integer");

    [Scenario(130)]
    [TestMethod]
    public void Members_of_different_types_are_refused() => Refused<Mismatched>("Give both the same type");

    [Scenario(130)]
    [TestMethod]
    public void A_mapping_of_a_message_that_is_not_handled_is_refused() => Refused<Stray>("which it does not handle");

    [Scenario(130)]
    [TestMethod]
    public void A_correlation_by_two_properties_is_refused() => Refused<Torn>("Choose one property");

    [Scenario(130)]
    [TestMethod]
    public void A_correlation_by_what_is_no_property_of_the_state_is_refused()
    {
        Refused<ByField>("no public property of its state");
        Refused<ByPart>("no public property of its state");
        Refused<ByFixed>("Give it a setter");
    }

    [Scenario(130)]
    [TestMethod]
    public void A_message_that_is_mapped_twice_is_refused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => SagaDefinition.Of(typeof(MappedTwice))).Message, "MappedTwice maps Begin twice");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => SagaDefinition.Of(typeof(MappedAndFound))).Message, "MappedAndFound maps Begin twice");
    }

    [Scenario(130)]
    [TestMethod]
    public void Two_handlers_for_what_is_not_found_are_refused() => Refused<TwiceNotFound>("Keep one");

    [TestMethod]
    public void A_timeout_may_be_mapped() => Assert.IsNotNull(SagaDefinition.Of(typeof(MapsTimeout)).LookupOf(typeof(Other)));

    [Scenario(130)]
    [TestMethod]
    public void A_saga_is_no_handler() => StringAssert.Contains(
        Assert.ThrowsExactly<InvalidOperationException>(() => new EndpointConfiguration("Sales").AddHandler<MapsTimeout>()).Message, "Add it with AddSaga<MapsTimeout>()");

    [Scenario(130)]
    [TestMethod]
    public void Sagas_of_one_endpoint_have_names_and_states_of_their_own_and_all_faults_are_told_at_once()
    {
        SagaDefinition[] sagas = [SagaDefinition.Of(typeof(MapsTimeout)), SagaDefinition.Of(typeof(Elsewhere.MapsTimeout)), SagaDefinition.Of(typeof(Elsewhere.Derived))];

        var failure = Assert.ThrowsExactly<InvalidOperationException>(() => SagaNeighbours.Check("Sales", sagas, mayShareStateClasses: false)).Message;

        StringAssert.Contains(failure, "both are called MapsTimeout");
        StringAssert.Contains(failure, "Derived has DerivedState");
        StringAssert.Contains(failure, "DisableBestPracticeValidation");
    }

    [Scenario(130)]
    [TestMethod]
    public void Sagas_may_share_a_class_of_state_if_that_is_meant_but_never_a_table()
    {
        SagaNeighbours.Check("Sales", [SagaDefinition.Of(typeof(MapsTimeout)), SagaDefinition.Of(typeof(Elsewhere.Derived))], mayShareStateClasses: true);

        Assert.ThrowsExactly<InvalidOperationException>(() => SagaNeighbours.Check("Sales", [SagaDefinition.Of(typeof(MapsTimeout)), SagaDefinition.Of(typeof(Elsewhere.MapsTimeout))], mayShareStateClasses: true));
    }

    static void Refused<TSaga>(string remedy)
    {
        var failure = Assert.ThrowsExactly<InvalidOperationException>(() => SagaDefinition.Of(typeof(TSaga)));
        StringAssert.Contains(failure.Message, remedy);
        StringAssert.Contains(failure.Message, typeof(TSaga).Name);
    }

    sealed record Begin(string Id, int Number, DateTime Day);

    sealed record Other(string Id);

    class State : ContainSagaData
    {
        public string Name { get; set; } = "";

        public DateTime Day { get; set; }

        public string Field = "";

        public string Other { get; set; } = "";

        public Other Part { get; set; } = new("");

        public string Fixed => Name;
    }

    abstract class StartedByBegin : Saga<State>, IAmStartedByMessages<Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;
    }

    sealed class Torn : StartedByBegin
    {
        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
        {
            mapper.MapSaga(state => state.Name).ToMessage<Begin>(message => message.Id);
            mapper.MapSaga(state => state.Other).ToMessageHeader<Begin>("X");
        }
    }

    sealed class NothingStarts : Saga<State>, IHandleMessages<Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<Begin>(message => message.Id);
    }

    sealed class Unmapped : Saga<State>, IAmStartedByMessages<Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name);
    }

    sealed class ByDate : Saga<State>, IAmStartedByMessages<Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Day).ToMessage<Begin>(message => message.Day);
    }

    sealed class Mismatched : Saga<State>, IAmStartedByMessages<Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.Name).ToMessage<Begin>(message => message.Number);
    }

    sealed class Stray : Saga<State>, IAmStartedByMessages<Begin>
    {
        public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
            mapper.MapSaga(state => state.Name).ToMessage<Begin>(message => message.Id).ToMessage<Other>(message => message.Id);
    }

    sealed class ByField : StartedByBegin
    {
        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
            mapper.MapSaga(state => state.Field).ToMessage<Begin>(message => message.Id);
    }

    sealed class ByPart : StartedByBegin
    {
        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
            mapper.MapSaga(state => state.Part.Id).ToMessage<Begin>(message => message.Id);
    }

    sealed class ByFixed : StartedByBegin
    {
        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
            mapper.MapSaga(state => state.Fixed).ToMessage<Begin>(message => message.Id);
    }

    sealed class MappedTwice : StartedByBegin
    {
        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
            mapper.MapSaga(state => state.Name).ToMessage<Begin>(message => message.Id).ToMessageHeader<Begin>("X");
    }

    sealed class MappedAndFound : StartedByBegin
    {
        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
        {
            mapper.MapSaga(state => state.Name).ToMessage<Begin>(message => message.Id);
            mapper.ConfigureFinderMapping<Begin, Finder>();
        }

        sealed class Finder : ISagaFinder<State, Begin>
        {
            public Task<State?> FindBy(Begin message, ISynchronizedStorageSession storageSession, IReadOnlyContextBag context, CancellationToken cancellationToken) => Task.FromResult<State?>(null);
        }
    }

    sealed class TwiceNotFound : StartedByBegin
    {
        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper)
        {
            mapper.ConfigureNotFoundHandler<Nobody>();
            mapper.ConfigureNotFoundHandler<Nobody>();
        }

        sealed class Nobody : ISagaNotFoundHandler
        {
            public Task Handle(object message, IMessageProcessingContext context) => Task.CompletedTask;
        }
    }

    class MapsTimeout : StartedByBegin, IHandleTimeouts<Other>
    {
        public Task Timeout(Other state, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
            mapper.MapSaga(state => state.Name).ToMessage<Begin>(message => message.Id).ToMessage<Other>(message => message.Id);
    }

    sealed class DerivedState : State;

    static class Elsewhere
    {
        internal sealed class MapsTimeout : SagaDefinitionTests.MapsTimeout;

        internal sealed class Derived : Saga<DerivedState>, IAmStartedByMessages<Begin>
        {
            public Task Handle(Begin message, IMessageHandlerContext context) => Task.CompletedTask;

            protected override void ConfigureHowToFindSaga(SagaPropertyMapper<DerivedState> mapper) => mapper.MapSaga(state => state.Name).ToMessage<Begin>(message => message.Id);
        }
    }
}
