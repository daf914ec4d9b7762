using System.Globalization;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Npgsql;
using NServiceBus;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>Somebody else keeps a saga's row locked, as NServiceBus does while its handler runs, for longer than leases last.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class When_a_row_is_locked_for_long(TestContext test)
{
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    /// <summary>Less than the driver waits for an answer, and more than the bus waits for a lock.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Only_who_needs_it_waits_and_no_lease_ends()
    {
        const int others = 40;
        const int waiting = 2;
        using var bus = new PostgreSqlBus { Lease = Lease };
        await using var scenario = await Scenario.Start(bus, [("Counters", (counters, _) =>
        {
            counters.AddSaga<Counter>();
            counters.AddHandler<WaitingHandler>();
            counters.Hear<AskCommand>();
            counters.LimitMessageProcessingConcurrencyTo(waiting + 4);
            counters.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        }
        )], Cancellation);
        var session = scenario.Session("Counters");
        await session.SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);
        await session.SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);

        await using (var somebody = bus.Schema.Connect())
        {
            await somebody.OpenAsync(Cancellation);
            await using var transaction = await somebody.BeginTransactionAsync(Cancellation);
            await using var locking = new NpgsqlCommand($"SELECT 1 FROM \"{bus.Schema.Name}\".\"Counters_Counter\" FOR UPDATE", somebody, transaction);
            while (await locking.ExecuteScalarAsync(Cancellation) is null) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
            for (var number = 0; number < waiting; number++) await session.SendLocal(new CountCommand("a", 1), Cancellation);
            await scenario.Notes.Until<CountCommand>(1, Cancellation);

            // Long enough for leases to be renewed meanwhile, or to end.
            await Task.Delay(Lease * 2, TimeProvider.System, Cancellation);
            Assert.AreEqual(1L, bus.Schema.Scalar<long>($"SELECT count(*) FROM \"{bus.Schema.Name}\".\"Counters.Claims\" WHERE headers::text LIKE '%WaitCommand%' AND until > clock_timestamp()"));
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            soon.CancelAfter(Patience);
            for (var number = 0; number < others; number++) await session.SendLocal(new AskCommand(number.ToString(CultureInfo.InvariantCulture)), Cancellation);
            await scenario.Notes.Until<Arrived>(others, soon.Token);
            await transaction.RollbackAsync(Cancellation);
        }
        while (bus.Schema.Scalar<long>($"SELECT count(*) FROM \"{bus.Schema.Name}\".\"Counters.Claims\"") > 1) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);

        Assert.HasCount(1, scenario.Notes.Of<WaitCommand>(), "Its lease was renewed all the time.");
        Assert.HasCount(others, scenario.Notes.Of<Arrived>());
        Assert.AreEqual(0L, bus.Schema.Scalar<long>($"SELECT count(*) FROM \"{bus.Schema.Name}\".\"error\""));
        scenario.Notes.Gate("partner").SetResult();
        await session.SendLocal(new EndCommand("a"), Cancellation);
        Assert.AreEqual(waiting, (await scenario.Notes.Until<int>(1, Cancellation)).Single());
    }
}
