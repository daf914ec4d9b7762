using System.Data.Common;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>The rows of pending timeouts of one endpoint's sagas.</summary>
sealed class TimeoutTable(ServerDialect dialect, StoreSettings settings)
{
    readonly Texts _texts = new(dialect, dialect.Table(settings.Schema, settings.Prefix + "SagaTimeouts"));

    public Statement IsPending(Guid sagaId, string timeoutId) => _texts.IsPending.With(sagaId, timeoutId);

    public Statement List(int most) => _texts.List.With((long)most);

    public static PendingTimeout Read(DbDataReader row) =>
        new(row.GetString(0), row.GetGuid(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetString(4));

    public Statement Take(DateTimeOffset due, DateTimeOffset again) => _texts.Take.With(again, due);

    public static DueTimeout ReadDue(DbDataReader row, DateTimeOffset now) => new(row.GetGuid(0), row.GetString(1), OperationsJson.Read(row.GetString(2), now));

    public Statement MarkSent(DueTimeout timeout) => _texts.MarkSent.With(timeout.SagaId, timeout.TimeoutId) with { Locks = SagaTables.LockOf(timeout.SagaId) };

    /// <param name="kept">The messages of timeouts that stay here until they are due.</param>
    public IEnumerable<Statement> Save(UnitOfWork work, IReadOnlySet<OutgoingOperation> kept)
    {
        foreach (var change in work.Timeouts)
        {
            yield return change switch
            {
                TimeoutChange.Rung { SagaId: var saga, TimeoutId: var timeout } => _texts.Delete.With(saga, timeout) with { Locks = SagaTables.LockOf(saga) },
                TimeoutChange.Cancelled { Saga: var name, SagaId: var saga, State: var state } => _texts.Cancel.With(saga, name, state) with { Locks = SagaTables.LockOf(saga) },
                _ => throw new InvalidOperationException($"A timeout's row can't be changed by {change}."),
            };
        }
        foreach (var (timeout, message) in work.Requested)
        {
            var isKept = kept.Contains(message);
            yield return _texts.Insert.With(timeout.SagaId, timeout.TimeoutId, timeout.Saga, timeout.State, timeout.DueAt, isKept ? timeout.DueAt : null, isKept ? OperationsJson.Write([message]) : null) with
            {
                Locks = SagaTables.LockOf(timeout.SagaId),
            };
        }
        foreach (var ended in work.Sagas)
        {
            if (ended is { Completed: true, ReadAt: not null, Saga.Timeouts.Count: > 0 }) yield return _texts.DeleteOf.With(ended.Data.Id, ended.Saga.Name) with { Locks = SagaTables.LockOf(ended.Data.Id) };
        }
    }

    sealed class Texts(ServerDialect dialect, string table)
    {
        public StatementText IsPending { get; } = dialect.IsPending(table);

        public StatementText List { get; } = dialect.ListTimeouts(table);

        public StatementText Insert { get; } = dialect.InsertTimeout(table);

        public StatementText Take { get; } = dialect.TakeTimeouts(table);

        public StatementText MarkSent { get; } = dialect.MarkTimeoutSent(table);

        public StatementText Delete { get; } = dialect.DeleteTimeout(table);

        public StatementText Cancel { get; } = dialect.CancelTimeouts(table);

        public StatementText DeleteOf { get; } = dialect.DeleteTimeoutsOf(table);
    }
}
