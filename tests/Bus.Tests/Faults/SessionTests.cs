using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Persistence.Sql;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Faults;

/// <summary>Transactions of handlers and sessions: who waits for whom.</summary>
[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SessionTests(TestContext test) : BusContract(test)
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_callback_that_uses_the_outer_session_sees_the_commits_transaction()
    {
        var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<OuterSessionHandler>()));
        await scenario.Session("Sales").SendLocal(new OuterSessionCommand(), Cancellation);
        await Settled("Sales").WaitAsync(Soon, Cancellation);
        await scenario.DisposeAsync();
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_callback_that_sends_by_the_endpoints_session_is_told_so_and_parked()
    {
        var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<CallbackSendsHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));
        await scenario.Session("Sales").SendLocal(new CallbackSendsCommand(), Cancellation);
        await Parked().WaitAsync(Soon, Cancellation);
        await scenario.DisposeAsync();
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_immediate_send_behind_a_transaction_of_ones_own_fails_clearly_and_is_parked()
    {
        var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<OwnThenImmediateHandler>();
            sales.AddHandler<AnswerHandler>();
        }
        ));
        await scenario.Session("Sales").SendLocal(new OwnThenImmediateCommand(), Cancellation);
        await Parked().WaitAsync(TimeSpan.FromSeconds(50), Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_with_a_transaction_and_a_saga_that_wants_one_do_not_wait_for_each_other()
    {
        var scenario = await Start(("Counters", (counters, _) =>
        {
            counters.AddHandler<OwnHandler>();
            counters.AddSaga<Ledger>();
            counters.LimitMessageProcessingConcurrencyTo(4);
        }
        ));
        var session = scenario.Session("Counters");
        await session.SendLocal(new LedgerBeginCommand("a"), Cancellation);
        await scenario.Notes.Until<LedgerBeginCommand>(2, Cancellation);
        await Settled("Counters");

        // The saga is busy with one message and holds its lock; the next message's plain handler begins a transaction, then meets the lock.
        await session.SendLocal(new LedgerBookCommand("a"), Cancellation);
        await scenario.Notes.Until<LedgerBookCommand>(1, Cancellation);
        await session.SendLocal(new LedgerBeginCommand("a"), Cancellation);
        await scenario.Notes.Until<LedgerBeginCommand>(3, Cancellation);
        scenario.Notes.Gate("book").SetResult();

        await Settled("Counters").WaitAsync(TimeSpan.FromSeconds(45), Cancellation);
        await scenario.DisposeAsync();
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_session_that_was_disposed_begins_no_transaction_any_more()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ));
        ISqlStorageSession sql;
        using (var scope = scenario.Services.CreateScope())
        {
            var session = Scenario.TransactionalSession(scope, "Sales");
            await session.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);
            sql = session.SynchronizedStorageSession.SqlPersistenceSession();
            await session.Commit(Cancellation);
        }
        Exception? failure = null;
        try { _ = sql.Connection; } catch (Exception caught) { failure = caught; }
        var sending = scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);
        await sending.WaitAsync(Soon, Cancellation);
        Assert.IsInstanceOfType<InvalidOperationException>(failure);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_store_that_is_away_when_a_handler_asks_for_its_connection_costs_no_retry()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<LateConnectionHandler>();
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        }
        ));
        await scenario.Session("Sales").SendLocal(new LateConnectionCommand(), Cancellation);
        await scenario.Notes.Until<LateConnectionCommand>(1, Cancellation);
        await using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = ((SqliteBus)Bus).Path, Pooling = false }.ToString()))
        {
            await connection.OpenAsync(Cancellation);
            await using var transaction = connection.BeginTransaction();
            scenario.Notes.Gate("partner").SetResult();
            await scenario.Notes.Until<string>(1, Cancellation);
        }
        await Settled("Sales");
        await using var transport = Open();
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_in_hand_is_not_taken_again_by_its_own_process_when_its_lease_could_not_be_renewed()
    {
        _lease = TimeSpan.FromMilliseconds(600);
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<WaitingHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.LimitMessageProcessingConcurrencyTo(4);
        }
        ));
        await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);
        await using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = ((ShortLeaseBus)Bus).Path, Pooling = false }.ToString()))
        {
            await connection.OpenAsync(Cancellation);
            await using var transaction = connection.BeginTransaction();
            await using var until = connection.CreateCommand();
            until.Transaction = transaction;
            until.CommandText = "SELECT max(until) FROM \"Sales.Claims\"";
            while ((long)(await until.ExecuteScalarAsync(Cancellation))! > TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        }

        // Whoever handles a later message has looked at the queue, and seen the earlier one.
        await scenario.Session("Sales").SendLocal(new AnswerMessage("later"), Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        Assert.ContainsSingle(scenario.Notes.Of<WaitCommand>());
        scenario.Notes.Gate("partner").SetResult();
        await Settled("Sales");
    }

    TimeSpan? _lease;

    private protected override IBusUnderTest CreateBus() => _lease is { } lease ? new ShortLeaseBus(lease) : new SqliteBus();

    sealed class ShortLeaseBus(TimeSpan lease) : IBusUnderTest
    {
        readonly SqliteBus _bus = new();

        public TransportDefinition Transport() => new SqliteTransport(_bus.Path) { PollInterval = TimeSpan.FromMilliseconds(50), BusyTimeout = TimeSpan.FromMilliseconds(100), LeaseDuration = lease };

        public RoutingSettings Use(EndpointConfiguration endpoint)
        {
            endpoint.UsePersistence<SqlitePersistence>().EnableTransactionalSession();
            return endpoint.UseTransport(Transport());
        }

        public long Waiting(ITransport transport, string queue) => _bus.Waiting(transport, queue);

        public void Dispose() => _bus.Dispose();

        public string Path => _bus.Path;
    }
}

sealed record OuterSessionCommand;

sealed class OuterSessionHandler : IHandleMessages<OuterSessionCommand>
{
    public Task Handle(OuterSessionCommand message, IMessageHandlerContext context)
    {
        var sql = context.SynchronizedStorageSession.SqlPersistenceSession();
        sql.OnSaveChanges((_, _) =>
        {
            _ = sql.Connection;
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }
}

sealed record CallbackSendsCommand;

sealed class CallbackSendsHandler : IHandleMessages<CallbackSendsCommand>
{
    public Task Handle(CallbackSendsCommand message, IMessageHandlerContext context)
    {
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.RequireImmediateDispatch();
        context.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges((_, _) => context.Send(new AnswerMessage("from the callback"), options));
        return Task.CompletedTask;
    }
}

sealed record OwnThenImmediateCommand;

sealed class OwnThenImmediateHandler(Notes notes) : IHandleMessages<OwnThenImmediateCommand>
{
    public async Task Handle(OwnThenImmediateCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        _ = context.SynchronizedStorageSession.SqlPersistenceSession().Connection;
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.RequireImmediateDispatch();
        var since = TimeProvider.System.GetTimestamp();
        try
        {
            await context.Send(new AnswerMessage("now"), options);
        }
        catch (Exception failure)
        {
            notes.Write($"{failure.GetType().Name} after {TimeProvider.System.GetElapsedTime(since)}: {failure.Message}");
            throw;
        }
    }
}

sealed record LateConnectionCommand;

sealed class LateConnectionHandler(Notes notes) : IHandleMessages<LateConnectionCommand>
{
    public async Task Handle(LateConnectionCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        await notes.Gate("partner").Task.WaitAsync(context.CancellationToken);
        try
        {
            _ = context.SynchronizedStorageSession.SqlPersistenceSession().Connection;
        }
        catch (Exception failure)
        {
            notes.Write(failure.GetType().Name);
            throw;
        }
    }
}

sealed record LedgerBeginCommand(string Id);

sealed record LedgerBookCommand(string Id);

sealed class OwnHandler(Notes notes) : IHandleMessages<LedgerBeginCommand>
{
    public Task Handle(LedgerBeginCommand message, IMessageHandlerContext context)
    {
        _ = context.SynchronizedStorageSession.SqlPersistenceSession().Connection;
        notes.Write(message);
        return Task.CompletedTask;
    }
}

sealed class Ledger(Notes notes) : Saga<Ledger.State>, IAmStartedByMessages<LedgerBeginCommand>, IHandleMessages<LedgerBookCommand>
{
    public Task Handle(LedgerBeginCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        return Task.CompletedTask;
    }

    public async Task Handle(LedgerBookCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        await notes.Gate("book").Task.WaitAsync(context.CancellationToken);
        _ = context.SynchronizedStorageSession.SqlPersistenceSession().Connection;
    }

    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<State> mapper) =>
        mapper.MapSaga(state => state.Name).ToMessage<LedgerBeginCommand>(message => message.Id).ToMessage<LedgerBookCommand>(message => message.Id);

    internal sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";
    }
}
