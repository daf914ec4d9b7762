using Dovetail.Bus.Sagas;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus;

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

    static void Refused<TSaga>(string remedy)
    {
        var failure = Assert.ThrowsExactly<InvalidOperationException>(() => SagaDefinition.Of(typeof(TSaga)));
        StringAssert.Contains(failure.Message, remedy);
        StringAssert.Contains(failure.Message, typeof(TSaga).Name);
    }

    sealed record Begin(string Id, int Number, DateTime Day);

    sealed record Other(string Id);

    sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";

        public DateTime Day { get; set; }
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
}
