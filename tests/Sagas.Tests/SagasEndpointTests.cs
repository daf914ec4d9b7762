using Dovetail.Contracts.Orders.Commands;
using Dovetail.Sagas.Orders;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Sagas.Tests;

[TestClass]
public sealed class SagasEndpointTests(TestContext test)
{
    [TestMethod]
    public void Every_command_of_a_saga_has_a_route()
    {
        var sent = Samples.All.Values.Select(order => new OrderWalk(order).ToTheEnd()).Concat(Cancelled()).SelectMany(walk => walk.Order.Commands).Select(command => command.GetType().Namespace);

        CollectionAssert.AreEquivalent(sent.Distinct().ToArray(), SagasEndpoint.Routes.Select(route => route.Command.Namespace).ToArray());
    }

    [TestMethod]
    public void The_bus_accepts_how_the_saga_is_declared() => new EndpointConfiguration(SagasEndpoint.Name).AddSaga<OrderFulfilment>();

    [TestMethod]
    public void Deadlines_are_those_of_the_business_unless_set()
    {
        Assert.AreEqual(new OrderDeadlines(), Deadlines([]));
        Assert.AreEqual(new OrderDeadlines { Patience = TimeSpan.FromSeconds(2), Askings = 5 }, Deadlines(new() { ["Deadlines:Patience"] = "00:00:02", ["Deadlines:Askings"] = "5" }));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Wrong_deadlines_stop_the_start_and_all_are_named()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Deadlines:Patience"] = "00:00:00",
            ["Deadlines:Askings"] = "0",
            ["Deadlines:PickingInAll"] = "00:00:30",
        });
        SagasEndpoint.AddServices(builder.Services, builder.Configuration);
        using var host = builder.Build();

        var refusal = await Assert.ThrowsExactlyAsync<OptionsValidationException>(() => host.StartAsync(test.CancellationToken));
        CollectionAssert.AreEqual(
            new[]
            {
                "Deadlines:Patience is 00:00:00, but nobody answers in no time; give a duration above zero, or leave it out for 00:01:00.",
                "Deadlines:Askings is 0, but a system must be asked at least once; give 1 or more, or leave it out for 3.",
                "Deadlines:PickingInAll is 00:00:30, which is over before the first question after 00:01:00; give a longer one, or a shorter pause.",
            },
            refusal.Failures.ToArray());
    }

    [TestMethod]
    public void A_misspelt_deadline_is_named()
    {
        var refusal = Assert.ThrowsExactly<InvalidOperationException>(() => Deadlines(new() { ["Deadlines:Patients"] = "00:00:02" }));
        Assert.Contains("Patients", refusal.Message);
    }

    static IEnumerable<OrderWalk> Cancelled()
    {
        var walk = new OrderWalk(Samples.WithPoints).Steps(3);
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        yield return walk.ToTheEnd();
    }

    static OrderDeadlines Deadlines(Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        SagasEndpoint.AddServices(services, new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<OrderDeadlines>();
    }
}
