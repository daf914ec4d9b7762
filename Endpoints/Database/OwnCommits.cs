using System.Collections.Concurrent;
using System.Data.Common;

namespace Dovetail.Endpoints.Database;

/// <summary>
/// The commits that this process makes to one database beside those of the bus. What is written at the same time is committed together, whichever
/// endpoint it is of: a commit costs a wait for the disk, whether it holds one row or a hundred.
/// </summary>
sealed class OwnCommits : IDisposable
{
    /// <summary>So many read at a time: as few threads stand still where a server falls silent.</summary>
    const int Readers = 4;

    static readonly Dictionary<string, OwnCommits> Databases = new(StringComparer.Ordinal);

    readonly string _connectionString;
    readonly Dialect _dialect;
    readonly Lock _gate = new();
    readonly SemaphoreSlim _reading = new(Readers);
    readonly ConcurrentBag<Opened> _readers = [];
    List<Write> _waiting = [];
    Opened? _writer;
    bool _running;
    int _users = 1;
    volatile bool _isClosed;

    OwnCommits(string connectionString) => (_connectionString, _dialect) = (connectionString, Dialect.Of(connectionString));

    /// <summary>Those to a database, which its users in this process share. Each disposes them once.</summary>
    public static OwnCommits To(string connectionString)
    {
        lock (Databases)
        {
            if (!Databases.TryGetValue(connectionString, out var commits)) return Databases[connectionString] = new(connectionString);
            commits._users++;
            return commits;
        }
    }

    /// <summary>Ends when the write is safe. A write that throws leaves the others of its commit alone, and must not have written before.</summary>
    /// <param name="about">What is written about: until it is safe nobody else writes anything about the same, and what <paramref name="write"/> reads of it still holds.</param>
    /// <param name="write">May be called a second time, where the first was undone together with another's.</param>
    public Task<T> Run<T>(string about, Func<PreparedStatements, T> write, CancellationToken cancellation)
    {
        var queued = new Write<T>(about, write);
        lock (_gate)
        {
            _waiting.Add(queued);
            if (!_running)
            {
                _running = true;
                _ = Task.Run(CommitAll, CancellationToken.None);
            }
        }
        return queued.Outcome.WaitAsync(cancellation);
    }

    /// <summary>Sees what was committed, and waits for no write.</summary>
    public async Task<T> Read<T>(Func<PreparedStatements, T> read, CancellationToken cancellation)
    {
        await _reading.WaitAsync(cancellation);
        try
        {
            if (!_readers.TryTake(out var reader)) reader = Open();
            try
            {
                var result = read(reader.Statements);
                _readers.Add(reader);
                if (_isClosed) CloseReaders();
                return result;
            }
            catch
            {
                // Whatever is wrong with the connection may be wrong with all: the next ones are new.
                reader.Dispose();
                CloseReaders();
                throw;
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose()
    {
        lock (Databases)
        {
            if (--_users > 0) return;
            Databases.Remove(_connectionString);
        }
        _isClosed = true;
        CloseReaders();
        lock (_gate)
        {
            if (!_running) Close(ref _writer);
        }
    }

    async Task CommitAll()
    {
        do
        {
            using var turn = await _dialect.InTurn(_connectionString);
            // What came while one waited is written too.
            Commit(TakeAll());
        }
        while (GoesOn());
    }

    List<Write> TakeAll()
    {
        lock (_gate)
        {
            var batch = _waiting;
            _waiting = [];
            return batch;
        }
    }

    bool GoesOn()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0) return true;
            _running = false;
            if (_users == 0) Close(ref _writer);
            return false;
        }
    }

    void Commit(List<Write> batch)
    {
        try
        {
            var (connection, statements) = _writer ??= Open();
            using var transaction = _dialect.Begin(connection, batch.Select(write => write.About));
            statements.Transaction = transaction;
            foreach (var write in batch) write.Do(statements);
            transaction.Commit();
        }
        catch (DbException failure) when (batch.Count > 1 && _dialect.IsItsOwnFault(failure))
        {
            // Alone, each answers for itself.
            foreach (var write in batch) Commit([write]);
            return;
        }
        catch (Exception failure)
        {
            // Nothing of this commit was written; each caller gets the reason. Whatever is wrong with the connection, the next one is new.
            Close(ref _writer);
            foreach (var write in batch) write.Fail(failure);
            return;
        }
        foreach (var write in batch) write.Complete();
    }

    Opened Open()
    {
        var connection = _dialect.Open(_connectionString);
        return new(connection, new(connection, _dialect));
    }

    void CloseReaders()
    {
        while (_readers.TryTake(out var reader)) reader.Dispose();
    }

    static void Close(ref Opened? opened)
    {
        opened?.Dispose();
        opened = null;
    }

    sealed record Opened(DbConnection Connection, PreparedStatements Statements) : IDisposable
    {
        public void Dispose() => Connection.Dispose();
    }

    abstract class Write(string about)
    {
        public string About => about;

        public abstract void Do(PreparedStatements statements);

        public abstract void Complete();

        public abstract void Fail(Exception failure);
    }

    sealed class Write<T>(string about, Func<PreparedStatements, T> write) : Write(about)
    {
        readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        T _result = default!;
        Exception? _own;

        public Task<T> Outcome => _outcome.Task;

        public override void Do(PreparedStatements statements)
        {
            _own = null;
            try
            {
                _result = write(statements);
            }
            catch (Exception failure) when (failure is not DbException)
            {
                _own = failure;
            }
        }

        public override void Complete()
        {
            if (_own is null) _outcome.SetResult(_result);
            else _outcome.SetException(_own);
        }

        public override void Fail(Exception failure) => _outcome.SetException(_own ?? failure);
    }
}
