using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>An endpoint that may make nothing waits until somebody else has.</summary>
public abstract class WithoutInstallersContract(TestContext test) : BusContract(test)
{
    private protected abstract PostgreSqlSchema Schema { get; }

    [Scenario(234)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Without_installers_no_table_is_made_and_the_endpoint_works_once_there_are_tables()
    {
        await using var waiting = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            sales.Settings.InstallersEnabled = false;
        });
        var health = waiting.Services.GetRequiredService<BusHealth>();
        while (health.Endpoints.Single().Receivers.Single() is not { Activity: ReceiverActivity.Away, Problem: var problem } || !problem!.Contains("Sales", StringComparison.Ordinal)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        Assert.IsNull(Schema.Maybe<string>($"SELECT string_agg(table_name, ', ') FROM information_schema.tables WHERE table_schema = '{Schema.Name}' HAVING count(*) > 0"));

        await (await Start("Sales", sales => sales.Hear<AskCommand>())).DisposeAsync();
        await waiting.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        await waiting.Notes.Until<Arrived>(1, Cancellation);
    }
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlWithoutInstallersTests(TestContext test) : WithoutInstallersContract(test)
{
    private protected override PostgreSqlSchema Schema => ((PostgreSqlBus)Bus).Schema;

    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}
