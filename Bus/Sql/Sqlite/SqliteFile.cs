using System.Collections.Concurrent;
using System.Threading.Channels;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>One database file, as all endpoints of this process share it: one lane for writes, any number of readers.</summary>
/// <remarks>
/// SQLite has one writer at a time. Writes of concurrent messages queue in the lane, and each transaction takes all that wait:
/// one flush to disk serves many messages, which is what makes a durable commit cheap.
/// </remarks>
sealed partial class SqliteFile : IAsyncDisposable
{
    const int LargestBatch = 256;
    static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(30);
    static readonly TimeSpan SuspiciouslyLong = TimeSpan.FromMilliseconds(100);
    static readonly Dictionary<string, SqliteFile> Files = new(StringComparer.Ordinal);

    readonly string _path;
    readonly string _pragmas;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly Channel<Write> _lane = Channel.CreateUnbounded<Write>(new UnboundedChannelOptions { SingleReader = true });
    readonly SemaphoreSlim _writing = new(1, 1);
    readonly ConcurrentBag<Statements> _readers = [];
    readonly Statements _writer;
    readonly Task _writes;
    int _users = 1;

    SqliteFile(string path, string pragmas, TimeProvider time, ILogger logger)
    {
        _path = path;
        _pragmas = pragmas;
        _time = time;
        _logger = logger;
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        _writer = Connect();
        _writes = Task.Run(RunLane);
    }

    public Wakeups Wakeups { get; } = new();

    /// <summary>The file, opened once however many endpoints of this process use it.</summary>
    public static SqliteFile Open(string path, string pragmas, TimeProvider time, ILoggerFactory logging)
    {
        path = Path.GetFullPath(path);
        lock (Files)
        {
            if (Files.TryGetValue(path, out var open))
            {
                open._users++;
                return open;
            }
            return Files[path] = new SqliteFile(path, pragmas, time, logging.CreateLogger("Dovetail.Bus.Sqlite"));
        }
    }

    /// <summary>Runs in a write transaction shared with others; a failure undoes this work alone.</summary>
    /// <exception cref="StoreAwayException">The file can't be written at the moment.</exception>
    public async Task<T> Run<T>(Func<Statements, ICollection<string>, Task<T>> work, CancellationToken cancellation)
    {
        var write = new Write<T>(work);
        await _lane.Writer.WriteAsync(write, cancellation);
        // Once it is in the lane it runs: whoever stopped waiting would not know what became of it.
        return await write.Outcome;
    }

    public T Read<T>(Func<Statements, T> work)
    {
        if (!_readers.TryTake(out var reader)) reader = Connect();
        try
        {
            return work(reader);
        }
        catch (SqliteException failure) when (SqliteErrors.IsAway(failure))
        {
            throw new StoreAwayException($"{Path.GetFileName(_path)} can't be read", failure);
        }
        finally
        {
            _readers.Add(reader);
        }
    }

    /// <summary>A write transaction of one's own, on a connection of its own. Nobody else in this process writes until it is disposed.</summary>
    public OwnTransaction Begin()
    {
        _writing.Wait();
        try
        {
            var statements = Connect();
            statements.Begin();
            return new OwnTransaction(statements, this);
        }
        catch
        {
            _writing.Release();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (Files)
        {
            if (--_users > 0) return;
            Files.Remove(_path);
        }
        _lane.Writer.Complete();
        await _writes;
        _writer.Dispose();
        while (_readers.TryTake(out var reader)) reader.Dispose();
        _writing.Dispose();
    }

    Statements Connect()
    {
        // Beside SQLite's own wait for the lock, the driver repeats what found it taken, for as long as a command may take.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false, DefaultTimeout = 1 }.ToString());
        connection.Open();
        using var pragmas = connection.CreateCommand();
        pragmas.CommandText = _pragmas;
        pragmas.ExecuteNonQuery();
        return new Statements(connection);
    }

    async Task RunLane()
    {
        var batch = new List<Write>(LargestBatch);
        while (await _lane.Reader.WaitToReadAsync())
        {
            if (!await _writing.WaitAsync(LongestHold))
            {
                Fail(new StoreAwayException($"{Path.GetFileName(_path)} can't be written",
                    new TimeoutException($"a handler has held its transaction for over {LongestHold}: use OnSaveChanges, or touch the connection later")));
                continue;
            }
            try
            {
                while (batch.Count < LargestBatch && _lane.Reader.TryRead(out var write)) batch.Add(write);
                await Commit(batch);
            }
            finally
            {
                _writing.Release();
                batch.Clear();
            }
        }
    }

    async Task Commit(List<Write> batch)
    {
        var touched = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            _writer.Begin();
            foreach (var write in batch) await RunGuarded(write, touched);
            _writer.Commit();
        }
        catch (Exception failure)
        {
            _writer.Rollback();
            foreach (var write in batch) write.Fail(new StoreAwayException($"{Path.GetFileName(_path)} can't be written", failure));
            return;
        }
        foreach (var queue in touched) Wakeups.Wake(queue);
        foreach (var write in batch) write.Complete();
    }

    async Task RunGuarded(Write write, HashSet<string> touched)
    {
        var since = _time.GetTimestamp();
        _writer.Transaction!.Save("work");
        try
        {
            await write.Run(_writer, touched);
        }
        catch (Exception failure) when (failure is not SqliteException away || !SqliteErrors.IsAway(away))
        {
            _writer.Transaction.Rollback("work");
            write.Fail(failure);
        }
        _writer.Transaction.Release("work");
        if (_time.GetElapsedTime(since) is var held && held > SuspiciouslyLong) LogHeld(held);
    }

    void Fail(Exception failure)
    {
        while (_lane.Reader.TryRead(out var write)) write.Fail(failure);
    }

    [LoggerMessage(LogLevel.Warning, "A piece of work held the database's write lane for {Held}: everybody else waited. Do less in OnSaveChanges, and call nobody there")]
    partial void LogHeld(TimeSpan held);

    /// <summary>A write transaction outside the lane.</summary>
    internal sealed class OwnTransaction(Statements statements, SqliteFile file) : IDisposable
    {
        readonly long _since = file._time.GetTimestamp();
        bool _ended;

        public Statements Statements => statements;

        /// <summary>Undoes what was not committed.</summary>
        public void Dispose()
        {
            if (_ended) return;
            _ended = true;
            statements.Rollback();
            statements.Dispose();
            file._writing.Release();
            if (file._time.GetElapsedTime(_since) is var held && held > SuspiciouslyLong) file.LogHeld(held);
        }
    }

    abstract class Write
    {
        public abstract Task Run(Statements statements, ICollection<string> touched);

        public abstract void Complete();

        public abstract void Fail(Exception failure);
    }

    sealed class Write<T>(Func<Statements, ICollection<string>, Task<T>> work) : Write
    {
        readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        T? _result;

        public Task<T> Outcome => _outcome.Task;

        public override async Task Run(Statements statements, ICollection<string> touched) => _result = await work(statements, touched);

        public override void Complete() => _outcome.TrySetResult(_result!);

        public override void Fail(Exception failure) => _outcome.TrySetException(failure);
    }
}
