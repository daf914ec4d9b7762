using System.Data;
using System.Data.Common;
using System.Globalization;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.Servers;
using Microsoft.Data.SqlClient;

namespace Dovetail.Bus.Sql.SqlServer;

/// <summary>Saga, outbox and timeout tables as SQL Server has them, statement for statement as on PostgreSQL; names and columns are those of NServiceBus.Persistence.Sql.</summary>
/// <param name="catalog">The database, as it stands in addresses.</param>
sealed partial class SqlServerDialect(string catalog) : ServerDialect
{
    const int LongestName = 128;

    // What one of our own checks throws when a change did not meet exactly what it was meant for.
    internal const int Mismatch = 51000;

    public override string Name => "SQL Server";

    public override void CheckProcess()
    {
        if (AppContext.TryGetSwitch("System.Globalization.Invariant", out var invariant) && invariant)
        {
            throw new InvalidOperationException(
                "SQL Server's driver does not work in a program with invariant globalization. Set System.Globalization.Invariant to false in the program's runtimeconfig.json, and install ICU where it runs (libicu on Debian, icu-libs on Alpine).");
        }
    }

    /// <summary>A batch that fails leaves nothing behind.</summary>
    public override string Prepare => "SET XACT_ABORT ON; SET LOCK_TIMEOUT 2000;";

    /// <summary>The driver has the server take back all settings when a connection is taken from its pool.</summary>
    public override string Restore => "SET LOCK_TIMEOUT -1;";

    public override bool BatchIsTransaction => false;

    public override string DefaultSchema => "dbo";

    public override string Quote(string name) => $"[{name.Replace("]", "]]", StringComparison.Ordinal)}]";

    public override Fault Sort(Exception failure) => SqlServerErrors.Sort(failure);

    /// <summary>When all connections of the pool are in use for too long, the driver speaks as of a mistake in the program.</summary>
    public override Exception? NotHad(Exception failure) => failure is InvalidOperationException ? new TimeoutException($"No connection to SQL Server could be had in time: {failure.Message}", failure) : null;

    public override bool IsOfReplica(Exception failure) => failure is SqlException { Number: SqlServerErrors.ReadOnlyDatabase };

    public override void ClearPool(DbConnection sample) => SqlConnection.ClearPool((SqlConnection)sample);

    public override int FailedAt(DbBatch batch, DbException failure)
    {
        for (var at = 0; at < batch.BatchCommands.Count; at++)
        {
            if (ReferenceEquals(batch.BatchCommands[at], failure.BatchCommand)) return at;
        }
        return -1;
    }

    public override string Parameter(int number) => string.Create(CultureInfo.InvariantCulture, $"@p{number}");

    public override void Bind(DbParameterCollection parameters, Kind kind, object? value)
    {
        var name = Parameter(parameters.Count + 1);
        parameters.Add(kind == Kind.Given
            ? new SqlParameter(name, value ?? DBNull.Value)
            : new SqlParameter { ParameterName = name, SqlDbType = TypeOf(kind), Size = SizeOf(kind), Value = Stored(kind, value) ?? DBNull.Value });
    }

    public override void BindColumn(DbParameterCollection parameters, Kind kind, IReadOnlyList<Statement> rows, int column) =>
        throw new NotSupportedException("Each row is a statement of its own on SQL Server: they travel together all the same.");

    public override string CheckName(string prefix, string suffix) => prefix.Length + suffix.Length <= LongestName ? prefix + suffix
        : throw new InvalidOperationException($"The table name '{prefix}{suffix}' is longer than the {LongestName} characters that SQL Server allows. Set a shorter prefix: persistence.TablePrefix(\"...\").");

    public override string Exclusively => "EXEC sp_getapplock @Resource = N'Dovetail', @LockMode = 'Exclusive', @LockOwner = 'Transaction';";

    public override IEnumerable<string> CreateOutbox(string schema, string prefix)
    {
        var (table, name) = (Table(schema, prefix + "OutboxData"), prefix + "OutboxData");
        yield return Unless(table, $"""
            CREATE TABLE {table} (
                MessageId nvarchar(200) NOT NULL PRIMARY KEY NONCLUSTERED, Dispatched bit NOT NULL DEFAULT 0, DispatchedAt datetime NULL, PersistenceVersion varchar(23) NOT NULL, Operations nvarchar(max) NOT NULL);
            """);
        yield return UnlessIndex(table, "Index_DispatchedAt", $"CREATE INDEX Index_DispatchedAt ON {table} (DispatchedAt) WHERE Dispatched = 1;");
        yield return UnlessIndex(table, name + "_Left", $"CREATE INDEX {Quote(name + "_Left")} ON {table} (DispatchedAt) WHERE Dispatched = 0;");
    }

    public override IEnumerable<string> CreateSaga(string schema, string prefix, string suffix, SagaDefinition saga)
    {
        var table = Table(schema, CheckName(prefix, suffix));
        yield return Unless(table, $"""
            CREATE TABLE {table} (
                Id uniqueidentifier NOT NULL PRIMARY KEY, Metadata nvarchar(max) NOT NULL, Data nvarchar(max) NOT NULL, PersistenceVersion varchar(23) NOT NULL, SagaTypeVersion varchar(23) NOT NULL, Concurrency int NOT NULL);
            """);
        if (saga.Correlation is not { } property) yield break;

        var (column, index) = (Quote("Correlation_" + property.Name), "Index_Correlation_" + property.Name);
        yield return $"IF COL_LENGTH({Text(table)}, {Text("Correlation_" + property.Name)}) IS NULL ALTER TABLE {table} ADD {column} {TypeOfColumn(CorrelationKind(property.PropertyType))} NULL;";
        yield return UnlessIndex(table, index, $"CREATE UNIQUE INDEX {Quote(index)} ON {table} ({column}) WHERE {column} IS NOT NULL;");
    }

    public override IEnumerable<string> CreateTimeouts(string schema, string prefix)
    {
        var table = Table(schema, prefix + "SagaTimeouts");
        yield return Unless(table, $"""
            CREATE TABLE {table} (
                SagaId uniqueidentifier NOT NULL, TimeoutId nvarchar(100) NOT NULL, Saga nvarchar(200) NOT NULL, State nvarchar(400) NOT NULL, Due datetimeoffset NOT NULL, PRIMARY KEY (SagaId, TimeoutId));
            """);
        yield return $"IF COL_LENGTH({Text(table)}, N'SendAt') IS NULL ALTER TABLE {table} ADD SendAt datetimeoffset NULL, Operations nvarchar(max) NULL;";
        yield return UnlessIndex(table, prefix + "SagaTimeouts_Due", $"CREATE INDEX {Quote(prefix + "SagaTimeouts_Due")} ON {table} (Due, TimeoutId);");
        yield return UnlessIndex(table, prefix + "SagaTimeouts_SendAt", $"CREATE INDEX {Quote(prefix + "SagaTimeouts_SendAt")} ON {table} (SendAt) WHERE SendAt IS NOT NULL;");
    }

    public override StatementText FindOutbox(string table) =>
        new($"SELECT Dispatched, CASE WHEN Dispatched = 1 THEN N'[]' ELSE Operations END FROM {table} WHERE MessageId = @p1;", Kind.Text);

    public override StatementText InsertOutbox(string table) => new(
        $"INSERT INTO {table} (MessageId, Dispatched, DispatchedAt, PersistenceVersion, Operations) VALUES (@p1, @p2, @p3, @p4, @p5);", Kind.Text, Kind.Flag, Kind.Utc, Kind.Text, Kind.Json);

    public override StatementText MarkDispatched(string table) =>
        new($"UPDATE {table} SET Dispatched = 1, DispatchedAt = GETUTCDATE(), Operations = N'[]' WHERE MessageId = @p1 AND Dispatched = 0;", Kind.Text);

    public override StatementText FindLeft(string table) => new(
        $"SELECT MessageId FROM {table} WHERE Dispatched = 0 AND DispatchedAt <= @p1 ORDER BY DispatchedAt, MessageId OFFSET @p2 ROWS FETCH NEXT 100 ROWS ONLY;", Kind.Utc, Kind.Number);

    public override StatementText StampLeft(string table) => new($"UPDATE {table} SET DispatchedAt = @p1 WHERE Dispatched = 0 AND DispatchedAt IS NULL;", Kind.Utc);

    public override StatementText ForgetDispatched(string table) => new($"""
        WITH old AS (SELECT TOP (@p2) * FROM {table} WITH (UPDLOCK, READPAST, ROWLOCK) WHERE Dispatched = 1 AND DispatchedAt < @p1 ORDER BY DispatchedAt) DELETE FROM old;
        SELECT CAST(@@ROWCOUNT AS bigint);
        """, Kind.Utc, Kind.Number);

    public override StatementText MeasureOutbox(string table) => new($"SELECT COUNT_BIG(*), MIN(DispatchedAt) FROM {table} WHERE Dispatched = 0;");

    public override Kind CorrelationKind(Type type) => type == typeof(string) ? Kind.Text : type == typeof(Guid) ? Kind.Id : Kind.Number;

    public override StatementText FindSagaById(string table) => new($"SELECT {SagaColumns} FROM {table} WHERE Id = @p1;", Kind.Id);

    public override StatementText FindSagaByCorrelation(string table, string property, Kind kind) => new($"SELECT {SagaColumns} FROM {table} WHERE {Quote("Correlation_" + property)} = @p1;", kind);

    public override string FindSagaWhere(string table, string condition) => $"SELECT TOP (1) {SagaColumns} FROM {table} WHERE {condition};";

    /// <summary>By all of them: an index over what another engine may have written there could fail.</summary>
    public override StatementText FindOldestSaga(string table) => new($"SELECT MIN(CASE WHEN ISJSON(Metadata) = 1 THEN JSON_VALUE(Metadata, '$.\"{SagaJson.Began}\"') END) FROM {table};");

    public override StatementText InsertSaga(string table, string? property, Kind kind) => property is null
        ? new($"INSERT INTO {table} ({SagaRowColumns}) VALUES (@p1, @p2, @p3, @p4, @p5, 1);", Kind.Id, Kind.Json, Kind.Json, Kind.Text, Kind.Text)
        : new($"INSERT INTO {table} ({SagaRowColumns}, {Quote("Correlation_" + property)}) VALUES (@p1, @p2, @p3, @p4, @p5, 1, @p6);", Kind.Id, Kind.Json, Kind.Json, Kind.Text, Kind.Text, kind);

    public override StatementText UpdateSaga(string table) => new(ExactlyOne(
        $"UPDATE {table} SET Data = @p1, PersistenceVersion = @p2, SagaTypeVersion = @p3, Concurrency = Concurrency + 1 WHERE Id = @p4 AND Concurrency = @p5;"), Kind.Json, Kind.Text, Kind.Text, Kind.Id, Kind.Integer);

    public override StatementText DeleteSaga(string table) => new(ExactlyOne($"DELETE FROM {table} WHERE Id = @p1 AND Concurrency = @p2;"), Kind.Id, Kind.Integer);

    public override StatementText IsPending(string table) => new($"SELECT 1 FROM {table} WHERE SagaId = @p1 AND TimeoutId = @p2;", Kind.Id, Kind.Text);

    public override StatementText ListTimeouts(string table) => new($"SELECT TOP (@p1) Saga, SagaId, State, Due, TimeoutId FROM {table} ORDER BY Due, TimeoutId;", Kind.Number);

    /// <summary>Once, even if a behavior sends the timeout's message to several places.</summary>
    public override StatementText InsertTimeout(string table) => new($"""
        INSERT INTO {table} (SagaId, TimeoutId, Saga, State, Due, SendAt, Operations) SELECT @p1, @p2, @p3, @p4, @p5, @p6, @p7
        WHERE NOT EXISTS (SELECT 1 FROM {table} WITH (UPDLOCK, HOLDLOCK) WHERE SagaId = @p1 AND TimeoutId = @p2);
        """, Kind.Id, Kind.Text, Kind.Text, Kind.Text, Kind.Instant, Kind.Instant, Kind.Json);

    public override StatementText TakeTimeouts(string table) => new($"""
        WITH due AS (SELECT TOP (100) * FROM {table} WITH (UPDLOCK, READPAST, ROWLOCK) WHERE SendAt <= @p2 ORDER BY SendAt)
        UPDATE due SET SendAt = @p1 OUTPUT inserted.SagaId, inserted.TimeoutId, inserted.Operations;
        """, Kind.Instant, Kind.Instant);

    public override StatementText MarkTimeoutSent(string table) => new($"UPDATE {table} SET SendAt = NULL, Operations = NULL WHERE SagaId = @p1 AND TimeoutId = @p2;", Kind.Id, Kind.Text);

    public override StatementText DeleteTimeout(string table) => new($"DELETE FROM {table} WHERE SagaId = @p1 AND TimeoutId = @p2;", Kind.Id, Kind.Text);

    public override StatementText CancelTimeouts(string table) => new($"DELETE FROM {table} WHERE SagaId = @p1 AND Saga = @p2 AND State = @p3;", Kind.Id, Kind.Text, Kind.Text);

    public override StatementText DeleteTimeoutsOf(string table) => new($"DELETE FROM {table} WHERE SagaId = @p1 AND Saga = @p2;", Kind.Id, Kind.Text);

    const string SagaColumns = "Id, Metadata, Data, Concurrency";
    const string SagaRowColumns = "Id, Metadata, Data, PersistenceVersion, SagaTypeVersion, Concurrency";

    static string ExactlyOne(string change) => $"{change} IF @@ROWCOUNT <> 1 THROW {Mismatch}, N'Not exactly one row was met.', 1;";

    static string Unless(string table, string create) => $"IF OBJECT_ID({Text(table)}, N'U') IS NULL {create}";

    static string UnlessIndex(string table, string index, string create) => $"IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE name = {Text(index)} AND object_id = OBJECT_ID({Text(table)})) {create}";

    static string Text(string text) => $"N'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    static string TypeOfColumn(Kind correlation) => correlation switch { Kind.Text => "nvarchar(200)", Kind.Id => "uniqueidentifier", _ => "bigint" };

    static SqlDbType TypeOf(Kind kind) => kind switch
    {
        Kind.Text or Kind.Json or Kind.Texts or Kind.Ids => SqlDbType.NVarChar,
        Kind.Id => SqlDbType.UniqueIdentifier,
        Kind.Integer => SqlDbType.Int,
        Kind.Number => SqlDbType.BigInt,
        Kind.Flag => SqlDbType.Bit,
        Kind.Bytes => SqlDbType.VarBinary,
        Kind.Utc => SqlDbType.DateTime,
        Kind.Instant => SqlDbType.DateTimeOffset,
        _ => throw new InvalidOperationException($"SQL Server has no type for {kind}."),
    };

    // One size for all values of a kind, or each length would be a plan of its own.
    static int SizeOf(Kind kind) => kind switch { Kind.Text => 4000, Kind.Json or Kind.Texts or Kind.Ids or Kind.Bytes => -1, _ => 0 };

    static object? Stored(Kind kind, object? value) => (kind, value) switch
    {
        (Kind.Utc, DateTimeOffset instant) => instant.UtcDateTime,
        (Kind.Number, not long and not null) => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        (Kind.Texts or Kind.Ids, _) => System.Text.Json.JsonSerializer.Serialize(value),
        _ => value,
    };
}
