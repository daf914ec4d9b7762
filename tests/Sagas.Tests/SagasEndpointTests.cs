using Dovetail.Contracts.Orders.Commands;
using Dovetail.Sagas.Notifications;
using Dovetail.Sagas.Orders;
using Dovetail.Sagas.Tasks;
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
    public void The_bus_accepts_how_the_sagas_are_declared()
    {
        var endpoint = new EndpointConfiguration(SagasEndpoint.Name);
        endpoint.AddSaga<OrderFulfilment>();
        endpoint.AddSaga<HumanTask>();
        endpoint.AddSaga<CustomerNotification>();
    }

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
        var refusal = Assert.ThrowsExactly<OptionsValidationException>(() => Deadlines(new() { ["Deadlines:Patients"] = "00:00:02" }));
        Assert.Contains("Patients", refusal.Message);
    }

    [TestMethod]
    public void Of_a_tasks_deadlines_each_comes_after_the_one_before_it()
    {
        var services = new ServiceCollection();
        SagasEndpoint.AddServices(services, new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["TaskDeadlines:Remind"] = "02:00:00",
            ["TaskDeadlines:Limit"] = "01:00:00",
            ["TaskDeadlines:Memory"] = "00:00:00",
        }).Build());
        using var provider = services.BuildServiceProvider();

        var refusal = Assert.ThrowsExactly<OptionsValidationException>(provider.GetRequiredService<TaskDeadlines>);
        CollectionAssert.AreEqual(
            new[]
            {
                "TaskDeadlines:Memory is 00:00:00, but nobody decides in no time; give a duration above zero, or leave it out for 30.00:00:00.",
                "TaskDeadlines:Remind is 02:00:00, when the task is with the support lead already after 02:00:00; give a shorter one.",
                "TaskDeadlines:Escalate is 02:00:00, when the task has ended already after 01:00:00; give a shorter one.",
            },
            refusal.Failures.ToArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Nobody_may_have_less_patience_with_people_than_these_have_time()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["TaskDeadlines:Limit"] = "1.00:00:00", ["Deadlines:Decision"] = "1.00:00:00" });
        SagasEndpoint.AddServices(builder.Services, builder.Configuration);
        using var host = builder.Build();

        var refusal = await Assert.ThrowsExactlyAsync<OptionsValidationException>(() => host.StartAsync(test.CancellationToken));
        Assert.AreEqual("Deadlines:Decision is 1.00:00:00, and people have 1.00:00:00 for a task (TaskDeadlines:Limit); give a longer one, or a shorter limit.", refusal.Failures.Single());
    }

    static IEnumerable<OrderWalk> Cancelled()
    {
        var walk = new OrderWalk(Samples.WithPoints).Steps(3);
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        yield return walk.ToTheEnd();
        yield return new OrderWalk(Samples.WithPoints, systems => systems.Picking = [Contracts.Oms.Messages.PickingState.OutOfStock]).ToTheEnd();
    }

    static OrderDeadlines Deadlines(Dictionary<string, string?> settings)
    {
        var services = new ServiceCollection();
        SagasEndpoint.AddServices(services, new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<OrderDeadlines>();
    }
}
