using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Npgsql;
using NServiceBus;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>What was the server to write to is a replica for a while, as after a failover that has not reached everybody's addresses yet: it can be asked, and knows less and less.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class When_another_PostgreSQL_takes_over(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Nothing_is_read_from_a_replica_and_its_connections_are_given_up()
    {
        using var server = await PostgreSqlServer.Begin(Cancellation, "hot_standby=on");
        var schema = new PostgreSqlSchema(server.ConnectionString);
        using var bus = new PostgreSqlStoreBus { Schema = schema };
        await using var scenario = await Scenario.Start(bus, [("Counters", (counters, _) =>
        {
            counters.AddSaga<Counter>();
            counters.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        }
        )], Cancellation);
        var session = scenario.Session("Counters");
        await session.SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);

        await server.Kill(Cancellation);
        NpgsqlConnection.ClearPool(schema.Connect());
        await server.Demote(Cancellation);
        await server.Start(Cancellation);
        Assert.IsTrue(schema.Scalar<bool>("SELECT pg_is_in_recovery()"));
        await session.SendLocal(new CountCommand("b", 1), Cancellation);
        await session.SendLocal(new CountCommand("a", 1), Cancellation);
        for (var before = Refusals(); Refusals() < before + 6;) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        Assert.IsEmpty(scenario.Notes.Of<CountCommand>(), "No handler was given state that may be old.");
        schema.Execute("SELECT pg_promote()");

        await scenario.Notes.Until<CountCommand>(1, Cancellation);
        while (bus.Broker.Messages("Counters").Count > 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        await session.SendLocal(new EndCommand("a"), Cancellation);
        Assert.AreEqual(1, (await scenario.Notes.Until<int>(1, Cancellation)).Single());

        int Refusals() => scenario.Notes.Of<Logged>().Count(line => line.Text.Contains("can't be reached; trying again", StringComparison.Ordinal));
    }
}
