using System.Data.Common;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>Statements on their way to the server: as many as there are, one round trip, and without a transaction around them one of their own.</summary>
sealed class Batches(ServerDialect dialect)
{
    /// <summary>
    /// Statements of one text that takes rows become one, in front of the rest. What locks something comes last, everywhere in the same order of what it locks: transactions that
    /// are shared by many would otherwise wait for each other in a circle, and all of them for the second that the database takes to notice.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<Statement>> Gather(IEnumerable<Statement> statements)
    {
        var gathered = new Dictionary<StatementText, List<Statement>>(ReferenceEqualityComparer.Instance);
        List<IReadOnlyList<Statement>> rows = [], others = [];
        var locking = new List<Statement>();
        foreach (var statement in statements)
        {
            if (statement.Locks is not null) locking.Add(statement);
            else if (!statement.Text.TakesRows) others.Add([statement]);
            else if (gathered.TryGetValue(statement.Text, out var together)) together.Add(statement);
            else rows.Add(gathered[statement.Text] = [statement]);
        }
        return [.. rows, .. others, .. locking.OrderBy(statement => statement.Locks, StringComparer.Ordinal).Select(statement => new[] { statement })];
    }

    /// <summary>All of them or none.</summary>
    public async Task ExecuteTogether(DbConnection connection, IReadOnlyList<IReadOnlyList<Statement>> statements, bool prepared, CancellationToken cancellation)
    {
        if (dialect.BatchIsTransaction)
        {
            await Execute(connection, null, statements, prepared, cancellation);
            return;
        }
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await Execute(connection, transaction, statements, prepared, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <exception cref="RefusedException">The database refused a statement of which it is known what that means.</exception>
    public async Task Execute(DbConnection connection, DbTransaction? transaction, IReadOnlyList<IReadOnlyList<Statement>> statements, bool prepared, CancellationToken cancellation)
    {
        if (statements.Count == 0) return;
        await using var batch = Make(connection, transaction, statements);
        try
        {
            if (prepared) await Prepare(batch, cancellation);
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        catch (DbException failure) when (WhatItMeans(failure, batch, statements) is { } meaning)
        {
            throw new RefusedException(meaning, failure);
        }
    }

    /// <summary>What can't be prepared fails when it is executed, where it is known which statement it was.</summary>
    public async Task Prepare(DbBatch batch, CancellationToken cancellation)
    {
        if (!dialect.BatchIsTransaction) return;
        try
        {
            await batch.PrepareAsync(cancellation);
        }
        catch (DbException failure) when (dialect.Sort(failure) != Fault.Away)
        {
        }
    }

    public DbBatch Make(DbConnection connection, DbTransaction? transaction, IReadOnlyList<IReadOnlyList<Statement>> statements)
    {
        var batch = connection.CreateBatch();
        batch.Transaction = transaction;
        foreach (var together in statements) Add(batch, together);
        return batch;
    }

    void Add(DbBatch batch, IReadOnlyList<Statement> together)
    {
        var command = batch.CreateBatchCommand();
        var text = together[0].Text;
        command.CommandText = text.Sql;
        for (var parameter = 0; parameter < text.Kinds.Count; parameter++)
        {
            if (text.TakesRows) dialect.BindColumn(command.Parameters, text.Kinds[parameter], together, parameter);
            else dialect.Bind(command.Parameters, text.Kinds[parameter], together[0].Values[parameter]);
        }
        batch.BatchCommands.Add(command);
    }

    Exception? WhatItMeans(DbException failure, DbBatch batch, IReadOnlyList<IReadOnlyList<Statement>> statements)
    {
        var at = dialect.FailedAt(batch, failure);
        return at < 0 ? null : statements[at].Select(statement => statement.Refused?.Invoke(failure)).FirstOrDefault(meaning => meaning is not null);
    }
}

/// <summary>The database refused a statement, and whoever wrote it knows what that means.</summary>
sealed class RefusedException(Exception meaning, DbException inner) : InvalidOperationException(meaning.Message, inner)
{
    public Exception Meaning => meaning;
}
