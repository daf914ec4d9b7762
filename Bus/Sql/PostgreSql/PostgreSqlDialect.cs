using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.Servers;
using Npgsql;
using NpgsqlTypes;

namespace Dovetail.Bus.Sql.PostgreSql;

/// <summary>Saga, outbox and timeout tables as PostgreSQL has them: names and columns are those of NServiceBus.Persistence.Sql, so that either engine may take them over.</summary>
sealed partial class PostgreSqlDialect : ServerDialect
{
    // An identifier has 63 bytes at most.
    const int LongestPrefix = 20;
    const int LongestSuffix = 43;

    /// <param name="modifyJson">What the application wants done to parameters that hold JSON.</param>
    public PostgreSqlDialect(Action<DbParameter>? modifyJson = null) => ModifyJson = modifyJson;

    Action<DbParameter>? ModifyJson { get; }

    public override string Name => "PostgreSQL";

    // Queues and outboxes look empty whenever somebody counts them, so by its statistics the planner would read whole tables; each statement here has an index.
    public override string Prepare => """
        DO $$BEGIN IF pg_is_in_recovery() THEN RAISE read_only_sql_transaction USING MESSAGE = 'this server is a replica'; END IF; END$$;
        SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off; SET lock_timeout = '2s';
        """;

    public override string Restore => "RESET ALL;";

    public override bool BatchIsTransaction => true;

    public override string DefaultSchema => "public";

    public override string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public override Fault Sort(Exception failure) => PostgreSqlErrors.Sort(failure);

    public override bool IsOfReplica(Exception failure) => failure is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    public override void ClearPool(DbConnection sample) => NpgsqlConnection.ClearPool((NpgsqlConnection)sample);

    /// <summary>The first that was not completed. The driver tells by itself only where the connection string asks for that.</summary>
    public override int FailedAt(DbBatch batch, DbException failure)
    {
        for (var at = 0; at < batch.BatchCommands.Count; at++)
        {
            if (((NpgsqlBatchCommand)batch.BatchCommands[at]).StatementType == StatementType.Unknown) return at;
        }
        return -1;
    }

    public override string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"${number}");

    public override void Bind(DbParameterCollection parameters, Kind kind, object? value) =>
        parameters.Add(kind == Kind.Given ? new NpgsqlParameter { Value = value ?? DBNull.Value } : Parameter(kind, TypeOf(kind), Stored(kind, value)));

    public override void BindColumn(DbParameterCollection parameters, Kind kind, IReadOnlyList<Statement> rows, int column)
    {
        object values = kind switch
        {
            Kind.Text or Kind.Json => Column<string?>(),
            Kind.Id => Column<Guid>(),
            Kind.Utc => Column<DateTime?>(),
            Kind.Instant => Column<DateTime>(),
            Kind.Bytes => Column<byte[]>(),
            Kind.Number => Column<long>(),
            Kind.Integer => Column<int>(),
            Kind.Flag => Column<bool>(),
            _ => throw new InvalidOperationException($"There are no columns of {kind}."),
        };
        parameters.Add(Parameter(kind, NpgsqlDbType.Array | TypeOf(kind), values));

        T[] Column<T>()
        {
            var all = new T[rows.Count];
            for (var row = 0; row < all.Length; row++) all[row] = Stored(kind, rows[row].Values[column]) is T value ? value : default!;
            return all;
        }
    }

    public override string CheckName(string prefix, string suffix)
    {
        if (prefix.Length > LongestPrefix)
            throw new InvalidOperationException($"The table prefix '{prefix}' has {prefix.Length} characters, and PostgreSQL leaves room for {LongestPrefix}. Set a shorter one: persistence.TablePrefix(\"...\").");
        if (suffix.Length > LongestSuffix)
            throw new InvalidOperationException($"The saga '{suffix}' has a name of {suffix.Length} characters, and PostgreSQL leaves room for {LongestSuffix}. Give the class a shorter one, or a tableSuffix by [SqlSaga].");
        return prefix + suffix;
    }

    /// <summary>Whoever comes second waits, and finds everything made.</summary>
    public override string Exclusively => "SELECT pg_advisory_xact_lock(7231905526);";

    public override IEnumerable<string> CreateOutbox(string schema, string prefix)
    {
        var table = Table(schema, prefix + "OutboxData");
        yield return $"""
            CREATE TABLE IF NOT EXISTS {table} (
                "MessageId" character varying(200) NOT NULL, "Dispatched" boolean NOT NULL DEFAULT false, "DispatchedAt" timestamp without time zone,
                "PersistenceVersion" character varying(23), "Operations" jsonb NOT NULL, PRIMARY KEY ("MessageId"));
            """;
        // By these names NServiceBus makes them: for the first outbox of a schema, and no other.
        yield return $"""CREATE INDEX IF NOT EXISTS "Index_DispatchedAt" ON {table} ("DispatchedAt");""";
        yield return $"""CREATE INDEX IF NOT EXISTS "Index_Dispatched" ON {table} ("Dispatched");""";
        yield return $"""CREATE INDEX IF NOT EXISTS {Quote(prefix + "Outbox_Left")} ON {table} ("DispatchedAt") WHERE NOT "Dispatched";""";
        yield return $"""CREATE INDEX IF NOT EXISTS {Quote(prefix + "Outbox_Done")} ON {table} ("DispatchedAt") WHERE "Dispatched";""";
    }

    public override IEnumerable<string> CreateSaga(string schema, string prefix, string suffix, SagaDefinition saga)
    {
        var table = Table(schema, CheckName(prefix, suffix));
        yield return $"""
            CREATE TABLE IF NOT EXISTS {table} (
                "Id" uuid NOT NULL, "Metadata" text NOT NULL, "Data" jsonb NOT NULL, "PersistenceVersion" character varying(23), "SagaTypeVersion" character varying(23),
                "Concurrency" integer NOT NULL, PRIMARY KEY ("Id"));
            """;
        yield return $"CREATE INDEX IF NOT EXISTS {Quote($"{prefix}_b_{Hash(suffix)}")} ON {table} (({Began}));";
        if (saga.Correlation is not { } property) yield break;

        yield return $"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {Quote("Correlation_" + property.Name)} {TypeOfColumn(CorrelationKind(property.PropertyType))};";
        yield return $"CREATE UNIQUE INDEX IF NOT EXISTS {Quote($"{prefix}_i_{Hash($"{suffix}/{property.Name}")}")} ON {table} ({Quote("Correlation_" + property.Name)});";
    }

    public override IEnumerable<string> CreateTimeouts(string schema, string prefix)
    {
        var table = Table(schema, prefix + "SagaTimeouts");
        yield return $"""
            CREATE TABLE IF NOT EXISTS {table} (
                "SagaId" uuid NOT NULL, "TimeoutId" text NOT NULL, "Saga" text NOT NULL, "State" text NOT NULL, "Due" timestamp with time zone NOT NULL, PRIMARY KEY ("SagaId", "TimeoutId"));
            """;
        yield return $"""ALTER TABLE {table} ADD COLUMN IF NOT EXISTS "SendAt" timestamp with time zone, ADD COLUMN IF NOT EXISTS "Operations" text;""";
        yield return $"""CREATE INDEX IF NOT EXISTS {Quote(prefix + "SagaTimeouts_Due")} ON {table} ("Due", "TimeoutId");""";
        yield return $"""CREATE INDEX IF NOT EXISTS {Quote(prefix + "SagaTimeouts_SendAt")} ON {table} ("SendAt") WHERE "SendAt" IS NOT NULL;""";
    }

    public override StatementText FindOutbox(string table) =>
        new($"""SELECT "Dispatched", CASE WHEN "Dispatched" THEN '[]' ELSE "Operations" END FROM {table} WHERE "MessageId" = $1""", Kind.Text);

    public override StatementText InsertOutbox(string table) => new(
        $"""INSERT INTO {table} ("MessageId", "Dispatched", "DispatchedAt", "PersistenceVersion", "Operations") VALUES ($1, $2, $3, $4, $5)""", Kind.Text, Kind.Flag, Kind.Utc, Kind.Text, Kind.Json);

    public override StatementText MarkDispatched(string table) => new(
        $"""UPDATE {table} SET "Dispatched" = true, "DispatchedAt" = now() AT TIME ZONE 'UTC', "Operations" = '[]' WHERE "MessageId" = ANY($1) AND NOT "Dispatched" """, TakesRows: true, Kind.Text);

    public override StatementText FindLeft(string table) =>
        new($"""SELECT "MessageId" FROM {table} WHERE NOT "Dispatched" AND "DispatchedAt" <= $1 ORDER BY "DispatchedAt", "MessageId" OFFSET $2 LIMIT 100""", Kind.Utc, Kind.Number);

    /// <summary>NServiceBus leaves the column empty until it has dispatched.</summary>
    public override StatementText StampLeft(string table) => new($"""UPDATE {table} SET "DispatchedAt" = $1 WHERE NOT "Dispatched" AND "DispatchedAt" IS NULL""", Kind.Utc);

    public override StatementText ForgetDispatched(string table) => new($"""
        WITH gone AS (
            DELETE FROM {table} WHERE "MessageId" IN (
                SELECT "MessageId" FROM {table} WHERE "Dispatched" AND "DispatchedAt" < $1 ORDER BY "DispatchedAt" LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING 1)
        SELECT count(*) FROM gone
        """, Kind.Utc, Kind.Number);

    public override StatementText MeasureOutbox(string table) => new($"""SELECT count(*), min("DispatchedAt") FROM {table} WHERE NOT "Dispatched" """);

    public override Kind CorrelationKind(Type type) => type == typeof(string) ? Kind.Text : type == typeof(Guid) ? Kind.Id : Kind.Number;

    public override StatementText FindSagaById(string table) => new($"""SELECT {SagaColumns} FROM {table} WHERE "Id" = $1""", Kind.Id);

    public override StatementText FindSagaByCorrelation(string table, string property, Kind kind) => new($"""SELECT {SagaColumns} FROM {table} WHERE {Quote("Correlation_" + property)} = $1""", kind);

    public override string FindSagaWhere(string table, string condition) => $"SELECT {SagaColumns} FROM {table} WHERE {condition} LIMIT 1";

    public override StatementText FindOldestSaga(string table) => new($"SELECT min({Began}) FROM {table}");

    public override StatementText InsertSaga(string table, string? property, Kind kind) => property is null
        ? new($"""INSERT INTO {table} ({InsertedColumns}) VALUES ($1, $2, $3, $4, $5, 1)""", Kind.Id, Kind.Text, Kind.Json, Kind.Text, Kind.Text)
        : new($"""INSERT INTO {table} ({InsertedColumns}, {Quote("Correlation_" + property)}) VALUES ($1, $2, $3, $4, $5, 1, $6)""", Kind.Id, Kind.Text, Kind.Json, Kind.Text, Kind.Text, kind);

    public override StatementText UpdateSaga(string table) => new(ExactlyOne($"""
        UPDATE {table} SET "Data" = $1, "PersistenceVersion" = $2, "SagaTypeVersion" = $3, "Concurrency" = "Concurrency" + 1 WHERE "Id" = $4 AND "Concurrency" = $5
        """), Kind.Json, Kind.Text, Kind.Text, Kind.Id, Kind.Integer);

    public override StatementText DeleteSaga(string table) => new(ExactlyOne($"""DELETE FROM {table} WHERE "Id" = $1 AND "Concurrency" = $2"""), Kind.Id, Kind.Integer);

    public override StatementText IsPending(string table) => new($"""SELECT 1 FROM {table} WHERE "SagaId" = $1 AND "TimeoutId" = $2""", Kind.Id, Kind.Text);

    public override StatementText ListTimeouts(string table) => new($"""SELECT "Saga", "SagaId", "State", "Due", "TimeoutId" FROM {table} ORDER BY "Due", "TimeoutId" LIMIT $1""", Kind.Number);

    /// <summary>Once, even if a behavior sends the timeout's message to several places.</summary>
    public override StatementText InsertTimeout(string table) => new($"""
        INSERT INTO {table} ("SagaId", "TimeoutId", "Saga", "State", "Due", "SendAt", "Operations") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
        """, Kind.Id, Kind.Text, Kind.Text, Kind.Text, Kind.Instant, Kind.Instant, Kind.Text);

    public override StatementText TakeTimeouts(string table) => new($"""
        UPDATE {table} SET "SendAt" = $1 WHERE ("SagaId", "TimeoutId") IN (
            SELECT "SagaId", "TimeoutId" FROM {table} WHERE "SendAt" <= $2 ORDER BY "SendAt" LIMIT 100 FOR UPDATE SKIP LOCKED)
        RETURNING "SagaId", "TimeoutId", "Operations"
        """, Kind.Instant, Kind.Instant);

    public override StatementText MarkTimeoutSent(string table) =>
        new($"""UPDATE {table} SET "SendAt" = NULL, "Operations" = NULL WHERE "SagaId" = $1 AND "TimeoutId" = $2""", Kind.Id, Kind.Text);

    public override StatementText DeleteTimeout(string table) => new($"""DELETE FROM {table} WHERE "SagaId" = $1 AND "TimeoutId" = $2""", Kind.Id, Kind.Text);

    public override StatementText CancelTimeouts(string table) => new($"""DELETE FROM {table} WHERE "SagaId" = $1 AND "Saga" = $2 AND "State" = $3""", Kind.Id, Kind.Text, Kind.Text);

    public override StatementText DeleteTimeoutsOf(string table) => new($"""DELETE FROM {table} WHERE "SagaId" = $1 AND "Saga" = $2""", Kind.Id, Kind.Text);

    const string SagaColumns = "\"Id\", \"Metadata\", \"Data\", \"Concurrency\"";
    const string InsertedColumns = "\"Id\", \"Metadata\", \"Data\", \"PersistenceVersion\", \"SagaTypeVersion\", \"Concurrency\"";

    // By pattern, not as JSON: an index must not fail for whatever another engine writes there. Texts in one form and zone are ordered as instants are.
    const string Began = $"""substring("Metadata" from '"{SagaJson.Began}": *"([^"]*)"') COLLATE "C" """;

    /// <summary>Fails, by a division by zero, unless one row was met.</summary>
    static string ExactlyOne(string change) => $"WITH met AS ({change} RETURNING 1) SELECT 1 / count(*) FROM met";

    [SuppressMessage("Security", "CA5350", Justification = "A name that another engine gives its index; nothing is kept secret by it.")]
    static string Hash(string text) => Convert.ToHexString(SHA1.HashData(Encoding.UTF8.GetBytes(text)));

    // 32 bits also for longer integers: the other engine checks the column's type.
    static string TypeOfColumn(Kind correlation) => correlation switch { Kind.Text => "character varying(200)", Kind.Id => "uuid", _ => "integer" };

    static NpgsqlDbType TypeOf(Kind kind) => kind switch
    {
        Kind.Text => NpgsqlDbType.Text,
        Kind.Id => NpgsqlDbType.Uuid,
        Kind.Integer => NpgsqlDbType.Integer,
        Kind.Number => NpgsqlDbType.Bigint,
        Kind.Flag => NpgsqlDbType.Boolean,
        Kind.Bytes => NpgsqlDbType.Bytea,
        Kind.Json => NpgsqlDbType.Jsonb,
        Kind.Texts => NpgsqlDbType.Array | NpgsqlDbType.Text,
        Kind.Ids => NpgsqlDbType.Array | NpgsqlDbType.Uuid,
        Kind.Utc => NpgsqlDbType.Timestamp,
        Kind.Instant => NpgsqlDbType.TimestampTz,
        _ => throw new InvalidOperationException($"PostgreSQL has no type for {kind}."),
    };

    static object? Stored(Kind kind, object? value) => (kind, value) switch
    {
        (Kind.Utc, DateTimeOffset instant) => DateTime.SpecifyKind(instant.UtcDateTime, DateTimeKind.Unspecified),
        (Kind.Instant, DateTimeOffset instant) => UpToMicroseconds(instant),
        (Kind.Number, not long and not null) => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        _ => value,
    };

    // A delayed message is never early.
    static DateTime UpToMicroseconds(DateTimeOffset instant) => (instant.UtcTicks % TimeSpan.TicksPerMicrosecond, DateTimeOffset.MaxValue - instant) switch
    {
        (0, _) => instant.UtcDateTime,
        (_, var left) when left.Ticks < TimeSpan.TicksPerMicrosecond => DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc),
        var (fraction, _) => instant.UtcDateTime.AddTicks(TimeSpan.TicksPerMicrosecond - fraction),
    };

    NpgsqlParameter Parameter(Kind kind, NpgsqlDbType type, object? value)
    {
        var parameter = new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value };
        if (kind == Kind.Json) ModifyJson?.Invoke(parameter);
        return parameter;
    }
}
