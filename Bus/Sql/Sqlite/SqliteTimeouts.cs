using System.Globalization;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>The rows of pending timeouts of one endpoint's sagas.</summary>
sealed class SqliteTimeouts(SqliteFile file, string table)
{
    public void CreateTable(Statements db, IReadOnlyCollection<SagaDefinition> sagas)
    {
        if (sagas.Any(saga => saga.Timeouts.Count > 0)) db.Execute(SqliteDialect.CreateTimeouts(table));
    }

    public bool IsPending(Guid sagaId, string timeoutId) => file.Read(db => db.Number(SqliteDialect.IsPending(table), ("$saga", sagaId.ToString()), ("$id", timeoutId)) == 1);

    public IReadOnlyList<PendingTimeout> List(int most)
    {
        try
        {
            return file.Read(db => db.Query(SqliteDialect.ListTimeouts(table), row => new PendingTimeout(
                row.GetString(0), Guid.Parse(row.GetString(1), CultureInfo.InvariantCulture), row.GetString(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), row.GetString(4)), ("$most", most)));
        }
        catch (SqliteException failure) when (SqliteErrors.IsMissingTable(failure))
        {
            // No saga here asks for timeouts.
            return [];
        }
    }

    /// <summary>Within the commit's transaction.</summary>
    public void Save(Statements db, UnitOfWork work)
    {
        foreach (var change in work.Timeouts) Remove(db, change);
        foreach (var (timeout, _) in work.Requested)
        {
            db.Execute(SqliteDialect.InsertTimeout(table), ("$saga", timeout.SagaId.ToString()), ("$id", timeout.TimeoutId), ("$name", timeout.Saga), ("$state", timeout.State),
                ("$due", timeout.DueAt.ToUnixTimeMilliseconds()));
        }
        foreach (var ended in work.Sagas)
        {
            if (ended is { Completed: true, ReadAt: not null, Saga.Timeouts.Count: > 0 }) db.Execute(SqliteDialect.DeleteTimeoutsOf(table), ("$saga", ended.Data.Id.ToString()), ("$name", ended.Saga.Name));
        }
    }

    void Remove(Statements db, TimeoutChange change) => _ = change switch
    {
        TimeoutChange.Rung { SagaId: var saga, TimeoutId: var timeout } => db.Execute(SqliteDialect.DeleteTimeout(table), ("$saga", saga.ToString()), ("$id", timeout)),
        TimeoutChange.Cancelled { Saga: var name, SagaId: var saga, State: var state } => db.Execute(SqliteDialect.CancelTimeouts(table), ("$saga", saga.ToString()), ("$name", name), ("$state", state)),
        _ => throw new InvalidOperationException($"A timeout's row can't be changed by {change}."),
    };
}
