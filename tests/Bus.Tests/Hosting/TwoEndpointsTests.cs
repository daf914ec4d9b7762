using Dovetail.Bus.Tests.Sample.Commands;
using Dovetail.Bus.Tests.Sample.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>The smallest program with two endpoints, written for NServiceBus: only the lines that name transport and persistence differ here.</summary>
[TestClass]
public sealed class TwoEndpointsTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_saga_and_a_handler_in_one_host_finish_an_order()
    {
        using var folder = new TemporaryFolder();
        var b = Host.CreateApplicationBuilder();
        EndpointConfiguration Make(string name, Action<EndpointConfiguration, RoutingSettings> more)
        {
            var e = new EndpointConfiguration(name);
            var r = e.UseTransport(new SqliteTransport(folder.File("bus.db")));
            e.UsePersistence<SqlitePersistence>();
            e.UseSerialization<SystemJsonSerializer>();
            e.AssemblyScanner().Disable = true;
            e.Conventions().DefiningCommandsAs(t => t.Namespace?.EndsWith(".Commands") == true).DefiningEventsAs(t => t.Namespace?.EndsWith(".Events") == true).DefiningMessagesAs(t => t.Namespace?.EndsWith(".Messages") == true);
            more(e, r);
            return e;
        }
        b.Services.AddNServiceBusEndpoint(Make("Sagas", (e, r) => { e.AddSaga<OrderFulfilment>(); r.RouteToEndpoint(typeof(CapturePayment), "Payments"); }), "Sagas");
        b.Services.AddNServiceBusEndpoint(Make("Payments", (e, r) => e.AddHandler<CapturePaymentHandler>()), "Payments");
        using var h = b.Build();
        await h.StartAsync(test.CancellationToken);
        var s = h.Services.GetRequiredKeyedService<IMessageSession>("Sagas");
        var o = new SendOptions();
        o.RouteToThisEndpoint();
        await s.Send(new PlaceOrder("A-1", 12.5m), o, test.CancellationToken);
        await OrderFulfilment.Done.Task.WaitAsync(test.CancellationToken);
        await h.StopAsync(test.CancellationToken);
    }

    sealed class CapturePaymentHandler : IHandleMessages<CapturePayment>
    {
        public Task Handle(CapturePayment m, IMessageHandlerContext c) => c.Publish(new PaymentCaptured(m.OrderId));
    }

    sealed class OrderFulfilment : Saga<OrderFulfilment.State>, IAmStartedByMessages<PlaceOrder>, IHandleMessages<PaymentCaptured>
    {
        public static readonly TaskCompletionSource Done = new();

        public sealed class State : ContainSagaData
        {
            public string OrderId { get; set; } = "";
        }

        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> m) => m.MapSaga(x => x.OrderId).ToMessage<PlaceOrder>(x => x.OrderId).ToMessage<PaymentCaptured>(x => x.OrderId);

        public Task Handle(PlaceOrder m, IMessageHandlerContext c) => c.Send(new CapturePayment(m.OrderId, m.Total));

        public Task Handle(PaymentCaptured m, IMessageHandlerContext c)
        {
            MarkAsComplete();
            Done.SetResult();
            return Task.CompletedTask;
        }
    }
}
