using System.Globalization;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Every statement that the bus runs on SQLite. Times are milliseconds since 1970, UTC.</summary>
static class SqliteDialect
{
    // Written ahead: readers and the one writer do not wait for each other.
    public static string Pragmas(TimeSpan busyTimeout, bool survivesPowerCuts) => string.Create(CultureInfo.InvariantCulture,
        $"PRAGMA busy_timeout={(long)busyTimeout.TotalMilliseconds}; PRAGMA journal_mode=WAL; PRAGMA temp_store=MEMORY; PRAGMA synchronous={(survivesPowerCuts ? "FULL" : "NORMAL")};");

    public const string CreateSubscriptions = """
        CREATE TABLE IF NOT EXISTS SubscriptionRouting (
            QueueAddress TEXT NOT NULL, Endpoint TEXT NOT NULL, Topic TEXT NOT NULL, PRIMARY KEY (Endpoint, Topic)) WITHOUT ROWID;
        """;

    public const string Subscribe = """
        INSERT INTO SubscriptionRouting (QueueAddress, Endpoint, Topic) VALUES ($queue, $endpoint, $topic)
        ON CONFLICT (Endpoint, Topic) DO UPDATE SET QueueAddress = excluded.QueueAddress;
        """;

    public const string Unsubscribe = "DELETE FROM SubscriptionRouting WHERE Endpoint = $endpoint AND Topic = $topic;";

    public const string FindSubscribers = "SELECT DISTINCT QueueAddress FROM SubscriptionRouting WHERE Topic IN (SELECT value FROM json_each($topics));";

    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A claim holds who handles a message and until when: the row stays in its queue, and no lock is held meanwhile.</summary>
    public static string CreateQueue(string queue) => $"""
        CREATE TABLE IF NOT EXISTS {Quote(queue)} (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, expires INTEGER NULL, headers TEXT NOT NULL, body BLOB NOT NULL);
        CREATE INDEX IF NOT EXISTS {Quote(queue + "_Expires")} ON {Quote(queue)} (expires) WHERE expires IS NOT NULL;
        CREATE TABLE IF NOT EXISTS {Quote(queue + ".Claims")} (
            seq INTEGER PRIMARY KEY, token TEXT NOT NULL, until INTEGER NOT NULL, attempts INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS {Quote(queue + ".Delayed")} (
            id TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL, due INTEGER NOT NULL);
        CREATE INDEX IF NOT EXISTS {Quote(queue + ".Delayed_Due")} ON {Quote(queue + ".Delayed")} (due);
        """;

    public static string Purge(string queue) => $"DELETE FROM {Quote(queue)}; DELETE FROM {Quote(queue + ".Claims")}; DELETE FROM {Quote(queue + ".Delayed")};";

    public static string Send(string queue) => $"INSERT INTO {Quote(queue)} (id, expires, headers, body) VALUES ($id, $expires, $headers, $body);";

    public static string SendDelayed(string queue) => $"INSERT INTO {Quote(queue + ".Delayed")} (id, headers, body, due) VALUES ($id, $headers, $body, $due);";

    public static string AnythingToTake(string queue) => $"""
        SELECT EXISTS (SELECT 1 FROM {Quote(queue)} q WHERE NOT EXISTS (SELECT 1 FROM {Quote(queue + ".Claims")} c WHERE c.seq = q.seq AND c.until > $now))
            OR EXISTS (SELECT 1 FROM {Quote(queue + ".Delayed")} WHERE due <= $now);
        """;

    public static string NextDue(string queue) => $"SELECT min(due) FROM {Quote(queue + ".Delayed")};";

    // However many are due at once, after hours of rest: nobody else writes while they are moved.
    public static string MoveDue(string queue) => $"""
        INSERT INTO {Quote(queue)} (id, headers, body) SELECT id, headers, body FROM {Quote(queue + ".Delayed")} WHERE due <= $now ORDER BY due, rowid LIMIT {MostAtOnce};
        DELETE FROM {Quote(queue + ".Delayed")} WHERE rowid IN (SELECT rowid FROM {Quote(queue + ".Delayed")} WHERE due <= $now ORDER BY due, rowid LIMIT {MostAtOnce});
        """;

    public static string Measure(string queue) => $"""
        SELECT (SELECT count(*) FROM {Quote(queue)}), (SELECT count(*) FROM {Quote(queue)} q JOIN {Quote(queue + ".Claims")} c ON c.seq = q.seq WHERE c.until > $now), (SELECT count(*) FROM {Quote(queue + ".Delayed")});
        """;

    /// <summary>Beyond some thousands, by the numbers of the first and the last row: rows leave a queue in about the order in which they came.</summary>
    public static string CountRoughly(string queue) => $"""
        SELECT CASE WHEN counted < {MostCounted} THEN counted ELSE (SELECT max(seq) FROM {Quote(queue)}) - (SELECT min(seq) FROM {Quote(queue)}) + 1 END
            - (SELECT count(*) FROM {Quote(queue + ".Claims")} c WHERE c.until > $now AND EXISTS (SELECT 1 FROM {Quote(queue)} q WHERE q.seq = c.seq))
        FROM (SELECT count(*) AS counted FROM (SELECT 1 FROM {Quote(queue)} LIMIT {MostCounted}));
        """;

    public static string Peek(string queue) => $"""
        SELECT q.id, q.headers, q.body, coalesce(c.attempts, 0) FROM {Quote(queue)} q LEFT JOIN {Quote(queue + ".Claims")} c ON c.seq = q.seq ORDER BY q.seq LIMIT $most;
        """;

    public static string DropExpired(string queue) => $"""
        DELETE FROM {Quote(queue)} WHERE seq IN (
            SELECT q.seq FROM {Quote(queue)} q WHERE q.expires <= $now AND NOT EXISTS (SELECT 1 FROM {Quote(queue + ".Claims")} c WHERE c.seq = q.seq AND c.until > $now)
            ORDER BY q.expires LIMIT {MostAtOnce});
        """;

    public static string DropClaimsOfNothing(string queue) =>
        $"DELETE FROM {Quote(queue + ".Claims")} WHERE NOT EXISTS (SELECT 1 FROM {Quote(queue)} q WHERE q.seq = {Quote(queue + ".Claims")}.seq);";

    public static string FindFree(string queue) => $"""
        SELECT q.seq, q.id, q.headers, q.body, coalesce(c.attempts, 0), q.expires <= $now
        FROM {Quote(queue)} q LEFT JOIN {Quote(queue + ".Claims")} c ON c.seq = q.seq
        WHERE c.until IS NULL OR c.until <= $now ORDER BY q.seq LIMIT $most;
        """;

    public static string Claim(string queue) => $"""
        INSERT INTO {Quote(queue + ".Claims")} (seq, token, until, attempts) VALUES ($seq, $token, $until, 1)
        ON CONFLICT (seq) DO UPDATE SET token = excluded.token, until = excluded.until, attempts = attempts + 1;
        """;

    public static string Renew(string queue) => $"UPDATE {Quote(queue + ".Claims")} SET until = $until WHERE seq = $seq AND token = $token;";

    public static string Unclaim(string queue) => $"DELETE FROM {Quote(queue + ".Claims")} WHERE seq = $seq AND token = $token;";

    public static string Remove(string queue) => $"DELETE FROM {Quote(queue)} WHERE seq = $seq;";

    public static string MoveRaw(string queue, string to) => $"INSERT INTO {Quote(to)} (id, headers, body) SELECT id, headers, body FROM {Quote(queue)} WHERE seq = $seq;";

    public static string CountWaiting(string queue) => $"SELECT count(*) FROM {Quote(queue)};";

    /// <summary>Rows and indexes grow at their ends only: an id ends with the time at which it was made, so the ids of one batch lie on one page.</summary>
    public static string CreateOutbox(string table) => $"""
        CREATE TABLE IF NOT EXISTS {Quote(table)} (
            MessageId TEXT NOT NULL, Dispatched INTEGER NOT NULL DEFAULT 0, DispatchedAt INTEGER NULL, PersistenceVersion TEXT NOT NULL, Operations TEXT NOT NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS {Quote(table + "_MessageId")} ON {Quote(table)} (substr(MessageId, -12), MessageId);
        CREATE INDEX IF NOT EXISTS {Quote(table + "_DispatchedAt")} ON {Quote(table)} (DispatchedAt) WHERE Dispatched = 1;
        """;

    public static string IsInOutbox(string table) => $"SELECT 1 FROM {Quote(table)} WHERE substr(MessageId, -12) = substr($id, -12) AND MessageId = $id;";

    /// <summary>Dispatched from the beginning: the same transaction puts the messages into their queues.</summary>
    public static string InsertOutbox(string table) =>
        $"INSERT INTO {Quote(table)} (MessageId, Dispatched, DispatchedAt, PersistenceVersion, Operations) VALUES ($id, 1, $now, $version, '[]');";

    /// <summary>By their stamps, not by their order: what a clock that was ahead has stamped stays till then, and holds up nothing else.</summary>
    public static string ForgetDispatched(string table) =>
        $"DELETE FROM {Quote(table)} WHERE rowid IN (SELECT rowid FROM {Quote(table)} WHERE Dispatched = 1 AND DispatchedAt < $before ORDER BY DispatchedAt LIMIT $most);";

    public static string CreateTimeouts(string table) => $"""
        CREATE TABLE IF NOT EXISTS {Quote(table)} (
            SagaId TEXT NOT NULL, TimeoutId TEXT NOT NULL, Saga TEXT NOT NULL, State TEXT NOT NULL, Due INTEGER NOT NULL, PRIMARY KEY (SagaId, TimeoutId)) WITHOUT ROWID;
        """;

    public static string IsPending(string table) => $"SELECT 1 FROM {Quote(table)} WHERE SagaId = $saga AND TimeoutId = $id;";

    /// <summary>Once, even if a behavior sends the timeout's message to several places.</summary>
    public static string InsertTimeout(string table) => $"INSERT OR IGNORE INTO {Quote(table)} (SagaId, TimeoutId, Saga, State, Due) VALUES ($saga, $id, $name, $state, $due);";

    public static string DeleteTimeout(string table) => $"DELETE FROM {Quote(table)} WHERE SagaId = $saga AND TimeoutId = $id;";

    public static string CancelTimeouts(string table) => $"DELETE FROM {Quote(table)} WHERE SagaId = $saga AND Saga = $name AND State = $state;";

    public static string DeleteTimeoutsOf(string table) => $"DELETE FROM {Quote(table)} WHERE SagaId = $saga AND Saga = $name;";

    public static string ListTimeouts(string table) => $"SELECT Saga, SagaId, State, Due, TimeoutId FROM {Quote(table)} ORDER BY Due, TimeoutId LIMIT $most;";

    public static string CreateSaga(string table, string? correlation, bool correlatesByNumber) => correlation is null
        ? $"CREATE TABLE IF NOT EXISTS {Quote(table)} ({SagaColumns});"
        : $"""
        CREATE TABLE IF NOT EXISTS {Quote(table)} ({SagaColumns}, {Quote("Correlation_" + correlation)} {(correlatesByNumber ? "INTEGER" : "TEXT")} NOT NULL UNIQUE);
        """;

    public static string FindSagaById(string table) => $"SELECT Id, Metadata, Data, Concurrency FROM {Quote(table)} WHERE Id = $key;";

    public static string FindSagaByCorrelation(string table, string correlation) =>
        $"SELECT Id, Metadata, Data, Concurrency FROM {Quote(table)} WHERE {Quote("Correlation_" + correlation)} = $key;";

    public static string FindSagaWhere(string table, string condition) => $"SELECT Id, Metadata, Data, Concurrency FROM {Quote(table)} WHERE {condition};";

    /// <summary>Rows lie in the order in which the instances began: the first few tell the oldest, even if clocks differ, or it is not known of some of them.</summary>
    public static string FindOldestSaga(string table, string began) =>
        $"SELECT min(json_extract(Metadata, '$.\"{began}\"')) FROM (SELECT Metadata FROM {Quote(table)} ORDER BY rowid LIMIT 100);";

    public static string InsertSaga(string table, string? correlation) => correlation is null
        ? $"INSERT INTO {Quote(table)} (Id, Metadata, Data, PersistenceVersion, SagaTypeVersion, Concurrency) VALUES ($id, $metadata, $data, $version, $typeVersion, 1);"
        : $"INSERT INTO {Quote(table)} (Id, Metadata, Data, PersistenceVersion, SagaTypeVersion, Concurrency, {Quote("Correlation_" + correlation)}) VALUES ($id, $metadata, $data, $version, $typeVersion, 1, $correlation);";

    public static string UpdateSaga(string table) => $"""
        UPDATE {Quote(table)} SET Data = $data, PersistenceVersion = $version, SagaTypeVersion = $typeVersion, Concurrency = Concurrency + 1
        WHERE Id = $id AND Concurrency = $concurrency;
        """;

    public static string DeleteSaga(string table) => $"DELETE FROM {Quote(table)} WHERE Id = $id AND Concurrency = $concurrency;";

    const int MostAtOnce = 1_000;
    const int MostCounted = 5_000;

    const string SagaColumns =
        "Id TEXT NOT NULL PRIMARY KEY, Metadata TEXT NOT NULL, Data TEXT NOT NULL, PersistenceVersion TEXT NOT NULL, SagaTypeVersion TEXT NOT NULL, Concurrency INTEGER NOT NULL";
}
