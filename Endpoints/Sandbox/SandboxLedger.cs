using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>What the stand-ins remember: JSON documents in memory, written through to one SQLite file before an answer leaves.</summary>
/// <remarks>So a hub that was killed and started again finds its vendors as they were.</remarks>
sealed class SandboxLedger : IDisposable
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    readonly Lock _gate = new();
    readonly Dictionary<string, Dictionary<string, SandboxDocument>> _systems = [];
    readonly SqliteConnection _database;
    readonly TimeProvider _time;

    // Documents saved while a commit runs are collected and go together into the next one.
    Dictionary<(string System, string Id), SandboxDocument> _next = [];
    TaskCompletionSource _nextDurable = NewSignal();
    Task _durable = Task.CompletedTask;
    Task? _writer;
    long _sequence;

    public SandboxLedger(IOptions<SandboxOptions> options, TimeProvider time)
    {
        _time = time;
        var folder = Directory.CreateDirectory(options.Value.Folder).FullName;
        _database = new(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "sandbox.db"), Pooling = false }.ConnectionString);
        _database.Open();
        Load();
    }

    public T? Find<T>(string system, string id) where T : class
    {
        lock (_gate)
            return _systems.TryGetValue(system, out var documents) && documents.TryGetValue(id, out var document) ? Read<T>(document) : null;
    }

    public IReadOnlyList<T> All<T>(string system) => [.. Documents(system).Select(Read<T>)];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<SandboxDocument> Documents(string system)
    {
        lock (_gate)
            return _systems.TryGetValue(system, out var documents) ? [.. documents.Values.OrderBy(document => document.Sequence)] : [];
    }

    public IReadOnlyList<string> Systems()
    {
        lock (_gate)
            return [.. _systems.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>Visible to everyone at once; on disk by the time that <see cref="Flushed"/> ends.</summary>
    public void Save<T>(string system, string id, T document)
    {
        var body = JsonSerializer.Serialize(document, Json);
        lock (_gate)
        {
            if (!_systems.TryGetValue(system, out var documents))
                _systems[system] = documents = [];
            var sequence = documents.TryGetValue(id, out var earlier) ? earlier.Sequence : ++_sequence;
            _next[(system, id)] = documents[id] = new(id, sequence, _time.GetUtcNow(), body);
            _writer ??= Task.Run(Write);
        }
    }

    /// <summary>Ends when everything saved so far is on disk.</summary>
    public Task Flushed()
    {
        lock (_gate)
            return _next.Count > 0 ? _nextDurable.Task : _durable;
    }

    public void Dispose()
    {
        Task? writer;
        lock (_gate)
            writer = _writer;
        writer?.Wait();
        _database.Dispose();
    }

    void Write()
    {
        while (true)
        {
            Dictionary<(string System, string Id), SandboxDocument> batch;
            TaskCompletionSource durable;
            lock (_gate)
            {
                if (_next.Count == 0)
                {
                    _writer = null;
                    return;
                }

                (batch, _next) = (_next, []);
                (durable, _nextDurable) = (_nextDurable, NewSignal());
                _durable = durable.Task;
            }

            try
            {
                Commit(batch);
                durable.SetResult();
            }
            catch (SqliteException failure)
            {
                // Who waits for these documents answers 500, as a vendor with a full disk would.
                durable.SetException(failure);
            }
        }
    }

    void Commit(Dictionary<(string System, string Id), SandboxDocument> batch)
    {
        using var transaction = _database.BeginTransaction();
        using var command = Command(
            "INSERT INTO Documents (System, Id, Sequence, Changed, Body) VALUES ($system, $id, $sequence, $changed, $body) " +
            "ON CONFLICT (System, Id) DO UPDATE SET Changed = $changed, Body = $body");
        command.Transaction = transaction;
        foreach (var ((system, id), document) in batch)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$system", system);
            command.Parameters.AddWithValue("$id", id);
            command.Parameters.AddWithValue("$sequence", document.Sequence);
            command.Parameters.AddWithValue("$changed", document.Changed);
            command.Parameters.AddWithValue("$body", document.Body);
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    void Load()
    {
        using var create = Command(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS Documents (
                System TEXT NOT NULL, Id TEXT NOT NULL, Sequence INTEGER NOT NULL, Changed TEXT NOT NULL, Body TEXT NOT NULL, PRIMARY KEY (System, Id));
            """);
        create.ExecuteNonQuery();

        using var select = Command("SELECT System, Id, Sequence, Changed, Body FROM Documents ORDER BY Sequence");
        using var rows = select.ExecuteReader();
        while (rows.Read())
        {
            var (system, id) = (rows.GetString(0), rows.GetString(1));
            if (!_systems.TryGetValue(system, out var documents))
                _systems[system] = documents = [];
            documents[id] = new(id, _sequence = rows.GetInt64(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetString(4));
        }
    }

    SqliteCommand Command(string text)
    {
        var command = _database.CreateCommand();
        command.CommandText = text;
        return command;
    }

    static T Read<T>(SandboxDocument document) => JsonSerializer.Deserialize<T>(document.Body, Json)!;

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>One thing that a stand-in remembers.</summary>
/// <param name="Body">JSON.</param>
sealed record SandboxDocument(string Id, long Sequence, DateTimeOffset Changed, string Body);
