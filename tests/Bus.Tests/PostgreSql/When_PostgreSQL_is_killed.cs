using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>A server of the test's own, killed under load and started again.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class When_PostgreSQL_is_killed(TestContext test)
{
    const int Messages = 300;

    static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Handlers_that_are_asking_it_something_themselves_lose_no_retry_either()
    {
        using var server = await PostgreSqlServer.Begin(Cancellation);
        using var bus = new PostgreSqlBus(new PostgreSqlSchema(server.ConnectionString)) { Lease = Lease };
        var (asking, asked) = (new TaskCompletionSource(), 0);
        await using var scenario = await Scenario.Start(bus, [("Sales", (sales, _) =>
        {
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
            sales.On<AskCommand>(async (ask, context, _) =>
            {
                var session = context.SynchronizedStorageSession.SqlPersistenceSession();
                await using var command = session.Connection.CreateCommand();
                (command.CommandText, command.Transaction) = ($"SELECT pg_sleep({(asked++ == 0 ? 30 : 0)})", session.Transaction);
                asking.TrySetResult();
                await command.ExecuteNonQueryAsync(context.CancellationToken);
            });
        }
        )], Cancellation);
        await scenario.Session("Sales").SendLocal(new AskCommand("a"), Cancellation);
        await asking.Task.WaitAsync(Cancellation);

        await server.Kill(Cancellation);
        await server.Start(Cancellation);

        await using var transport = bus.Transport().Create(new Dovetail.Bus.Transport.TransportContext("Test", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));
        while (bus.Waiting(transport, "Sales") > 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        Assert.AreEqual(0, bus.Waiting(transport, "error"));
        Assert.IsGreaterThanOrEqualTo(2, asked);
    }

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Receivers_wait_for_it_and_every_message_is_handled_once_without_a_retry()
    {
        using var server = await PostgreSqlServer.Begin(Cancellation);
        using var bus = new PostgreSqlBus(new PostgreSqlSchema(server.ConnectionString)) { Lease = Lease };
        await using var scenario = await Scenario.Start(bus, [("Counters", (counters, _) =>
        {
            counters.AddSaga<Counter>();
            counters.LimitMessageProcessingConcurrencyTo(8);
            counters.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        }
        )], Cancellation);
        var session = scenario.Session("Counters");
        await session.SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);
        await Task.WhenAll(Enumerable.Range(0, Messages).Select(_ => session.SendLocal(new CountCommand("a", 1), Cancellation)));
        await scenario.Notes.Until<CountCommand>(Messages / 10, Cancellation);

        await server.Kill(Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.SendLocal(new CountCommand("a", 1), Cancellation));
        Assert.IsTrue(scenario.Services.GetRequiredService<BusHealth>().IsLive, "Whoever can't reach its database is not to be restarted for that.");
        // Long enough for every lease to end.
        await Task.Delay(Lease, TimeProvider.System, Cancellation);
        await server.Start(Cancellation);

        await using var transport = bus.Transport().Create(new Dovetail.Bus.Transport.TransportContext("Test", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));
        while (bus.Waiting(transport, "Counters") > 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        var failed = await transport.Peek("error", Messages, Cancellation);
        Assert.IsEmpty(failed, string.Join("\n\n", failed.Select(message => message.Headers["NServiceBus.ExceptionInfo.StackTrace"]).Distinct()));
        await session.SendLocal(new EndCommand("a"), Cancellation);
        Assert.AreEqual(Messages, (await scenario.Notes.Until<int>(1, Cancellation)).Single());
    }
}
