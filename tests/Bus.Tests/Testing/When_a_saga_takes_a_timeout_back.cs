using Dovetail.Bus.Tests.Twin;
using NServiceBus;
using NServiceBus.Testing;

namespace Dovetail.Bus.Tests.Testing;

[TestClass]
public sealed class When_a_saga_takes_a_timeout_back
{
    [TestMethod]
    public async Task Only_what_it_asked_for_afterwards_comes_when_time_goes_on()
    {
        var deadline = new TestableSaga<PaymentDeadline, PaymentDeadline.State>();
        await deadline.Handle(new WaitForPaymentCommand("order-1", 1));
        await deadline.AdvanceTime(TimeSpan.FromMinutes(30));
        await deadline.Handle(new WaitForPaymentCommand("order-1", 2));
        await deadline.Handle(new WaitForPaymentCommand("order-2", 1));

        Assert.IsEmpty(await deadline.AdvanceTime(TimeSpan.FromMinutes(45)));
        var rang = await deadline.AdvanceTime(TimeSpan.FromMinutes(45));

        Assert.HasCount(2, rang);
        CollectionAssert.AreEqual(new[] { 2 }, rang[0].SagaDataSnapshot.Rang);
        CollectionAssert.AreEqual(new[] { 1 }, rang[1].SagaDataSnapshot.Rang);
    }

    [TestMethod]
    public async Task What_it_asked_for_in_the_same_breath_is_not_sent()
    {
        var saga = new TestableSaga<Impatient, Impatient.State>();

        await saga.Handle(new WaitForPaymentCommand("order-1", 1));

        Assert.IsEmpty(await saga.AdvanceTime(TimeSpan.FromDays(1)));
    }

    internal sealed class Impatient : Saga<Impatient.State>, IAmStartedByMessages<WaitForPaymentCommand>, IHandleTimeouts<Impatient.Overdue>
    {
        public async Task Handle(WaitForPaymentCommand message, IMessageHandlerContext context)
        {
            await RequestTimeout<Overdue>(context, TimeSpan.FromMinutes(1));
            this.CancelTimeouts<Overdue>(context);
        }

        public Task Timeout(Overdue state, IMessageHandlerContext context) => Task.CompletedTask;

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) => mapper.MapSaga(state => state.OrderId).ToMessage<WaitForPaymentCommand>(message => message.OrderId);

        internal sealed record Overdue;

        internal sealed class State : ContainSagaData
        {
            public string OrderId { get; set; } = "";
        }
    }
}
