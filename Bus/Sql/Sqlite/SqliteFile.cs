using System.Collections.Concurrent;
using System.Threading.Channels;
using Dovetail.Bus.Sql.Queues;
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
    static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(15);
    static readonly TimeSpan SuspiciouslyLong = TimeSpan.FromMilliseconds(100);
    static readonly Dictionary<string, SqliteFile> Files = new(StringComparer.Ordinal);

    // Who holds the file for writing in this flow of control: asking for it once more would wait for oneself.
    static readonly AsyncLocal<Flow?> Current = new();

    readonly string _path;
    readonly string _pragmas;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly Channel<Write> _lane = Channel.CreateUnbounded<Write>(new UnboundedChannelOptions { SingleReader = true });
    readonly SemaphoreSlim _writing;
    readonly ConcurrentBag<Statements> _readers = [];
    readonly Statements _writer;
    readonly Task _writes;
    int _users = 1;

    SqliteFile(string path, string pragmas, SemaphoreSlim? turns, TimeProvider time, ILogger logger)
    {
        _path = path;
        _pragmas = pragmas;
        _writing = turns ?? new(1, 1);
        _time = time;
        _logger = logger;
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        _writer = Connect();
        _writes = Task.Run(RunLane);
    }

    public Wakeups Wakeups { get; } = new();

    /// <summary>The file, opened once however many endpoints of this process use it.</summary>
    public static SqliteFile Open(string path, string pragmas, SemaphoreSlim? turns, TimeProvider time, ILoggerFactory logging)
    {
        path = Path.GetFullPath(path);
        lock (Files)
        {
            if (Files.TryGetValue(path, out var open))
            {
                if (open._pragmas != pragmas)
                    throw new InvalidOperationException($"{path} is open in this process with other settings ({open._pragmas}) than are asked for now ({pragmas}). Give all endpoints that share the file the same SqliteTransport settings.");
                if (turns is not null && turns != open._writing)
                    throw new InvalidOperationException($"{path} is open in this process with other write turns. Give all endpoints that share the file the same SqliteTransport.WriteTurns.");
                open._users++;
                return open;
            }
            return Files[path] = new SqliteFile(path, pragmas, turns, time, logging.CreateLogger("Dovetail.Bus.Sqlite"));
        }
    }

    /// <summary>What is called from here on shares one knowledge of who holds the file, however deep it begins a transaction of its own.</summary>
    public static void BeginFlow() => Current.Value = new Flow();

    /// <summary>Runs in a write transaction shared with others; a failure undoes this work alone.</summary>
    /// <exception cref="StoreAwayException">The file can't be written at the moment.</exception>
    public async Task<T> Run<T>(Func<Statements, ICollection<string>, Task<T>> work, CancellationToken cancellation)
    {
        CheckHolder();
        var write = new Write<T>(work);
        try
        {
            await _lane.Writer.WriteAsync(write, cancellation);
        }
        catch (ChannelClosedException closed)
        {
            throw Away("written any more, as the last endpoint that used it has stopped", closed);
        }
        // Once it is in the lane it runs: whoever stopped waiting would not know what became of it.
        return await write.Outcome;
    }

    public T Read<T>(Func<Statements, T> work)
    {
        try
        {
            if (!_readers.TryTake(out var reader)) reader = Connect();
            try
            {
                return work(reader);
            }
            finally
            {
                _readers.Add(reader);
            }
        }
        catch (SqliteException failure) when (SqliteErrors.IsAway(failure))
        {
            throw Away("read", failure);
        }
    }

    /// <summary>A write transaction of one's own, on a connection of its own. Nobody else in this process writes until it is disposed.</summary>
    /// <exception cref="StoreAwayException">Others hold the file for too long, or it can't be written at the moment.</exception>
    public OwnTransaction Begin()
    {
        CheckHolder();
        TakeTurn();
        Statements? statements = null;
        try
        {
            statements = Connect();
            statements.Begin();
            return new OwnTransaction(statements, this);
        }
        catch (Exception failure)
        {
            statements?.Dispose();
            _writing.Release();
            if (failure is SqliteException away && SqliteErrors.IsAway(away)) throw Away("written", away);
            throw;
        }
    }

    // The connection is asked for by a property, so a thread has to wait. It waits in one line with the lane, and for a task:
    // then the pool makes up for the thread that is missing, and those that hold the file come to their end.
    void TakeTurn()
    {
        var turn = _writing.WaitAsync();
        if (turn.Wait(LongestHold)) return;
        turn.ContinueWith(static (_, writing) => ((SemaphoreSlim)writing!).Release(), _writing, TaskScheduler.Default);
        throw Away("written", HeldTooLong());
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
                Fail(Away("written", HeldTooLong()));
                continue;
            }
            try
            {
                while (batch.Count < LargestBatch && _lane.Reader.TryRead(out var write)) batch.Add(write);
                await Commit(batch);
            }
            catch (Exception failure)
            {
                // Whatever it was, the lane goes on: without it this process would write nothing any more.
                LogBroken(failure);
                foreach (var write in batch) write.Fail(failure);
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
            Moments.Reached(Moment.Written);
            _writer.Commit();
            Moments.Reached(Moment.Flushed);
        }
        catch (SqliteException failure) when (batch.Count > 1 && !SqliteErrors.IsAway(failure))
        {
            // One of them breaks a rule that is checked at the commit only. Alone, each answers for itself.
            _writer.Rollback();
            foreach (var write in batch.Where(write => !write.IsRefused)) await Commit([write]);
            foreach (var write in batch.Where(write => write.IsRefused)) write.Complete();
            return;
        }
        catch (Exception failure)
        {
            _writer.Rollback();
            foreach (var write in batch) write.Fail(failure is SqliteException sqlite && !SqliteErrors.IsAway(sqlite) ? failure : Away("written", failure));
            return;
        }
        foreach (var write in batch) write.Complete();
        foreach (var queue in touched) Wakeups.Wake(queue);
    }

    async Task RunGuarded(Write write, HashSet<string> touched)
    {
        var since = _time.GetTimestamp();
        var hold = new Hold(this, "inside OnSaveChanges");
        Current.Value = new Flow { Hold = hold };
        _writer.Execute("SAVEPOINT work");
        try
        {
            await write.Run(_writer, touched);
        }
        catch (Exception failure)
        {
            _writer.Execute("ROLLBACK TO work");
            write.Refuse(failure is SqliteException sqlite && SqliteErrors.IsAway(sqlite) ? Away("written", failure) : failure);
        }
        finally
        {
            hold.Ended = true;
        }
        _writer.Execute("RELEASE work");
        if (_time.GetElapsedTime(since) is var held && held > SuspiciouslyLong) LogHeld(held);
    }

    void CheckHolder()
    {
        if (Current.Value?.Hold is { Ended: false } hold && hold.File == this)
        {
            throw new InvalidOperationException(
                $"This would wait for itself: {hold.Where} the database is held for writing already. Send and save before, or with what is at hand: the session that the callback is given, or messages without immediate dispatch.");
        }
    }

    StoreAwayException Away(string what, Exception failure) => new($"{Path.GetFileName(_path)} can't be {what}", failure);

    static TimeoutException HeldTooLong() => new($"a handler has held its transaction for over {LongestHold}: use OnSaveChanges, or touch the connection later");

    void Fail(Exception failure)
    {
        while (_lane.Reader.TryRead(out var write)) write.Fail(failure);
    }

    [LoggerMessage(LogLevel.Error, "The write lane failed in a way that it should not; it goes on with the next messages")]
    partial void LogBroken(Exception failure);

    [LoggerMessage(LogLevel.Warning, "A piece of work held the database's write lane for {Held}: everybody else waited. Do less in OnSaveChanges, and call nobody there")]
    partial void LogHeld(TimeSpan held);

    /// <summary>A write transaction outside the lane.</summary>
    internal sealed class OwnTransaction : IDisposable
    {
        readonly Statements _statements;
        readonly SqliteFile _file;
        readonly Hold _hold;
        readonly long _since;

        public OwnTransaction(Statements statements, SqliteFile file)
        {
            (_statements, _file, _since) = (statements, file, file._time.GetTimestamp());
            _hold = new Hold(file, "behind a transaction of its own");
            (Current.Value ??= new Flow()).Hold = _hold;
        }

        public Statements Statements => _statements;

        /// <summary>Undoes what was not committed.</summary>
        public void Dispose()
        {
            if (_hold.Ended) return;
            _hold.Ended = true;
            _statements.Rollback();
            _statements.Dispose();
            _file._writing.Release();
            if (_file._time.GetElapsedTime(_since) is var held && held > SuspiciouslyLong) _file.LogHeld(held);
        }
    }
}
