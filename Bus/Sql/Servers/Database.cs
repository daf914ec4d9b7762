using System.Data;
using System.Data.Common;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>One database, as all endpoints of this process share it: questions and changes of concurrent messages travel together.</summary>
sealed class Database : IAsyncDisposable
{
    const int MostTogether = 64;
    static readonly Dictionary<(string Dialect, string Key), Database> Shared = [];

    readonly (string, string) _key;
    readonly ServerDialect _dialect;
    readonly Connections _connections;
    readonly Batches _batches;
    readonly Lane<Question> _questions;
    readonly Lane<Question> _claims;
    readonly Lane<Change> _changes;
    int _users = 1;

    Database((string, string) key, ServerDialect dialect, Connections connections, TimeProvider time)
    {
        connections = connections with { Check = dialect.CheckProcess, NotHad = dialect.NotHad };
        (_key, _dialect, _connections) = (key, dialect, connections);
        _batches = new Batches(dialect);
        _questions = new Lane<Question>(workers: 2, MostTogether, Ask, connections.Open, dialect);
        _claims = new Lane<Question>(workers: 2, MostTogether, Ask, connections.Open, dialect);
        _changes = new Lane<Change>(workers: 2, MostTogether, Make, connections.Open, dialect);
        Bell = new Bell(this, time);
    }

    public ServerDialect Dialect => _dialect;

    public Batches Batches => _batches;

    public Bell Bell { get; }

    /// <summary>The database, once however many endpoints of this process use it.</summary>
    public static Database Open(ServerDialect dialect, Connections connections, TimeProvider time)
    {
        lock (Shared)
        {
            var key = (dialect.Name, connections.Key);
            if (!Shared.TryGetValue(key, out var database)) return Shared[key] = new Database(key, dialect, connections, time);
            database._users++;
            return database;
        }
    }

    /// <summary>A question that shares its round trip with others.</summary>
    public Task<List<T>> Ask<T>(Statement statement, Func<DbDataReader, T> read)
    {
        var question = new Question<T>(statement, read);
        _questions.Add(question);
        return question.Answered;
    }

    /// <summary>The same for what takes messages: its round trip ends with a transaction, which questions need not wait for.</summary>
    public Task<List<T>> Claim<T>(Statement statement, Func<DbDataReader, T> read)
    {
        var question = new Question<T>(statement, read);
        _claims.Add(question);
        return question.Answered;
    }

    /// <summary>All of the statements or none, in a transaction shared with others.</summary>
    /// <exception cref="StoreAwayException">The database can't be reached or written.</exception>
    public Task Change(IReadOnlyList<Statement> statements)
    {
        var change = new Change(statements);
        _changes.Add(change);
        return change.Made;
    }

    /// <summary>For what is rare, or may take its time: on a connection of its own.</summary>
    public async Task<T> Run<T>(Func<DbConnection, Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await _connections.Open(cancellation);
            return await work(connection);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && _dialect.Sort(failure) is Fault.Away or Fault.Locked)
        {
            throw Explain(failure);
        }
    }

    /// <summary>What a statement answers that nobody waits for in line.</summary>
    public Task<List<T>> AskAlone<T>(Statement statement, Func<DbDataReader, T> read, CancellationToken cancellation) => Run(async connection =>
    {
        await using var batch = _batches.Make(connection, null, [[statement]]);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }, cancellation);

    public Task ChangeAlone(IReadOnlyList<Statement> statements, CancellationToken cancellation) => Run(async connection =>
    {
        await _batches.ExecuteTogether(connection, Batches.Gather(statements), prepared: false, cancellation);
        return true;
    }, cancellation);

    /// <summary>True if both lead to the same database of the same server, as far as their addresses say.</summary>
    public bool IsSame(Connections others) => _connections.Place == others.Place;

    /// <summary>Used by one more.</summary>
    public Database Share()
    {
        lock (Shared) _users++;
        return this;
    }

    /// <summary>Makes tables; whoever does the same at the same time waits.</summary>
    public Task Create(IReadOnlyList<string> definitions, CancellationToken cancellation) => Run(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        foreach (var sql in definitions.Prepend(_dialect.Exclusively))
        {
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
        return true;
    }, cancellation);

    /// <summary>A transaction of the application's.</summary>
    /// <exception cref="StoreAwayException">The database can't be reached.</exception>
    public async Task<(DbConnection, DbTransaction)> Begin(IsolationLevel isolation, CancellationToken cancellation)
    {
        DbConnection? connection = null;
        try
        {
            connection = await _connections.Open(cancellation);
            return (connection, await connection.BeginTransactionAsync(isolation, cancellation));
        }
        catch (Exception failure)
        {
            if (connection is not null) await connection.DisposeAsync();
            if (_dialect.Sort(failure) == Fault.Away) throw Away(failure);
            throw;
        }
    }

    /// <summary>The same, asked for by a property, so it begins while a thread waits.</summary>
    /// <inheritdoc cref="Begin(IsolationLevel, CancellationToken)" />
    public (DbConnection, DbTransaction) Begin(IsolationLevel isolation)
    {
        DbConnection? connection = null;
        try
        {
            connection = _connections.OpenNow();
            return (connection, connection.BeginTransaction(isolation));
        }
        catch (Exception failure)
        {
            connection?.Dispose();
            if (_dialect.Sort(failure) == Fault.Away) throw Away(failure);
            throw;
        }
    }

    /// <summary>What it means that the database can't be reached, or not written.</summary>
    public StoreAwayException Away(Exception failure)
    {
        // Sound as they are, connections to a replica would be taken from the pool again and again, long after another server has become the one to write to.
        if (_dialect.IsOfReplica(failure)) _connections.ForgetPooled(_dialect);
        return new StoreAwayException($"The {_dialect.Name} database can't be reached", failure);
    }

    /// <summary>What a failure means to whoever asked for the change.</summary>
    public Exception Explain(Exception failure) => failure switch
    {
        RefusedException { Meaning: var meaning } => meaning,
        _ when _dialect.Sort(failure) == Fault.Away => Away(failure),
        _ when _dialect.Sort(failure) == Fault.Locked => new StoreAwayException($"Somebody else has kept a row of the {_dialect.Name} database locked for long", failure),
        _ when _dialect.Sort(failure) == Fault.Collision => new ConflictException($"Another transaction stood in the way, and the database called this one off: {failure.Message} The message is handled again.", failure),
        _ => failure,
    };

    public async ValueTask DisposeAsync()
    {
        lock (Shared)
        {
            if (--_users > 0) return;
            Shared.Remove(_key);
        }
        await Bell.DisposeAsync();
        await _questions.DisposeAsync();
        await _claims.DisposeAsync();
        await _changes.DisposeAsync();
    }

    async Task Ask(LaneConnection lane, IReadOnlyList<Question> questions)
    {
        try
        {
            await using var batch = _batches.Make(await lane.Open(), null, [.. questions.Select(question => new[] { question.Statement })]);
            await _batches.Prepare(batch, CancellationToken.None);
            await using var reader = await batch.ExecuteReaderAsync();
            foreach (var question in questions)
            {
                await question.Read(reader);
                await reader.NextResultAsync();
            }
        }
        catch (Exception failure) when (questions.Count > 1 && _dialect.Sort(failure) != Fault.Away)
        {
            // One of them asks for what is not there. Alone, each answers for itself.
            foreach (var question in questions) await Ask(lane, [question]);
            return;
        }
        catch (Exception failure)
        {
            var fault = _dialect.Sort(failure);
            if (fault == Fault.Away) await lane.Drop();
            foreach (var question in questions) question.Fail(fault is Fault.Away or Fault.Locked ? Explain(failure) : failure);
            return;
        }
        foreach (var question in questions) question.Answer();
    }

    async Task Make(LaneConnection lane, IReadOnlyList<Change> changes)
    {
        try
        {
            Moments.Reached(Moment.Written);
            await _batches.ExecuteTogether(await lane.Open(), Batches.Gather(changes.SelectMany(change => change.Statements)), prepared: true, CancellationToken.None);
            Moments.Reached(Moment.Flushed);
        }
        catch (Exception failure) when (changes.Count > 1 && _dialect.Sort(failure) != Fault.Away)
        {
            // One of them came too late, breaks a rule, or waits for what somebody else has locked. Alone, each answers for itself.
            foreach (var change in changes) await Make(lane, [change]);
            return;
        }
        catch (Exception failure)
        {
            if (_dialect.Sort(failure) == Fault.Away) await lane.Drop();
            var meaning = Explain(failure);
            foreach (var change in changes) change.Fail(meaning);
            return;
        }
        foreach (var change in changes) change.Complete();
    }
}
