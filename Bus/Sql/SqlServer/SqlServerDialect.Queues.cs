using System.Data.Common;
using System.Text;
using Dovetail.Bus.Sql.Servers;

namespace Dovetail.Bus.Sql.SqlServer;

/// <summary>Queues as NServiceBus's SQL Server transport has them, and beside each a table of claims.</summary>
sealed partial class SqlServerDialect
{
    // Room for what is appended.
    const int LongestQueue = 110;

    /// <summary>Nobody is told: whoever waits looks by itself.</summary>
    public override StatementText? Ring => null;

    public override Task Listen(DbConnection connection, Action<string> heard, CancellationToken cancellation) => throw new NotSupportedException("SQL Server has no bell.");

    public override string AddressOf(string schema, string name) => $"{(name.Contains('@', StringComparison.Ordinal) || name.StartsWith('[') ? Quote(name) : name)}@{Quote(schema)}@{Quote(catalog)}";

    /// <summary>The table, its schema and its database, with @ between them; those behind may be missing, or empty in brackets.</summary>
    /// <exception cref="FormatException">The address is in another database.</exception>
    public override (string? Schema, string Name) Parse(string address, Func<string, bool> isSchema)
    {
        var parts = new List<string>();
        for (var rest = address; ;)
        {
            var (part, behind) = ReadPart(rest);
            parts.Add(part);
            if (behind.Length == 0) break;
            rest = behind[1..];
        }
        if (parts.Count > 2 && parts[2].Length > 0 && !parts[2].Equals(catalog, StringComparison.OrdinalIgnoreCase))
            throw new FormatException($"'{address}' is in database '{parts[2]}', and this endpoint's queues are in '{catalog}'. Give all endpoints that send to each other one database.");
        return (parts.ElementAtOrDefault(1) is { Length: > 0 } schema ? schema : null, parts[0]);
    }

    public override void CheckQueue(string name)
    {
        if (name.Length > LongestQueue)
            throw new InvalidOperationException($"The queue name '{name}' is longer than the {LongestQueue} characters that SQL Server leaves for it. Choose a shorter endpoint name or discriminator.");
    }

    public override IEnumerable<string> CreateSubscriptions(string table)
    {
        yield return Unless(table, $"CREATE TABLE {table} (QueueAddress nvarchar(200) NOT NULL, Endpoint nvarchar(200) NOT NULL, Topic nvarchar(200) NOT NULL, PRIMARY KEY CLUSTERED (Endpoint, Topic));");
    }

    public override IEnumerable<string> CreateQueue(QueueTable queue, bool showsBodies)
    {
        yield return Unless(queue.Table, $"""
            CREATE TABLE {queue.Table} (
                Id uniqueidentifier NOT NULL, CorrelationId varchar(255), ReplyToAddress varchar(255), Recoverable bit NOT NULL DEFAULT 1, Expires datetime, Headers nvarchar(max) NOT NULL, Body varbinary(max), RowVersion bigint IDENTITY(1,1) NOT NULL);
            """);
        if (showsBodies) yield return $"IF COL_LENGTH({Text(queue.Table)}, N'BodyString') IS NULL ALTER TABLE {queue.Table} ADD BodyString AS CAST(Body AS nvarchar(max));";
        yield return UnlessIndex(queue.Table, "Index_RowVersion", $"CREATE NONCLUSTERED INDEX Index_RowVersion ON {queue.Table} (RowVersion);");
        yield return UnlessIndex(queue.Table, "Index_Expires", $"CREATE NONCLUSTERED INDEX Index_Expires ON {queue.Table} (Expires) INCLUDE (Id, RowVersion) WHERE Expires IS NOT NULL;");
        yield return Unless(queue.Delayed, $"CREATE TABLE {queue.Delayed} (Headers nvarchar(max) NOT NULL, Body varbinary(max), Due datetime NOT NULL, RowVersion bigint IDENTITY(1,1) NOT NULL);");
        yield return UnlessIndex(queue.Delayed, "Index_Due", $"CREATE NONCLUSTERED INDEX Index_Due ON {queue.Delayed} (Due);");
        yield return Unless(queue.Claims, $"""
            CREATE TABLE {queue.Claims} (
                Id uniqueidentifier NOT NULL PRIMARY KEY NONCLUSTERED, Expires datetime, Headers nvarchar(max) NOT NULL, Body varbinary(max), Seq bigint NOT NULL, Token uniqueidentifier NOT NULL, Until datetime2 NOT NULL, Attempts int NOT NULL);
            """);
        yield return UnlessIndex(queue.Claims, "Index_Token", $"CREATE CLUSTERED INDEX Index_Token ON {queue.Claims} (Token, Seq);");
    }

    public override StatementText Exists => new("SELECT CAST(CASE WHEN OBJECT_ID(@p1, N'U') IS NULL THEN 0 ELSE 1 END AS bit);", Kind.Text);

    public override StatementText Send(QueueTable queue) => new($"INSERT INTO {queue.Table} (Id, Expires, Headers, Body) VALUES (@p1, @p2, @p3, @p4);", Kind.Id, Kind.Utc, Kind.Json, Kind.Bytes);

    /// <summary>A waiting row has no id: it gets one when it is due.</summary>
    public override StatementText SendDelayed(QueueTable queue) => new($"INSERT INTO {queue.Delayed} (Headers, Body, Due) VALUES (@p2, @p3, @p4);", Kind.Id, Kind.Json, Kind.Bytes, Kind.Utc);

    /// <summary>The rows change tables in one step; those that have expired only leave.</summary>
    public override StatementText Claim(QueueTable queue) => new(OneTransaction($"""
        WITH taken AS (SELECT TOP (@p1) Id, Expires, Headers, Body, RowVersion FROM {queue.Table} WITH (UPDLOCK, READPAST, ROWLOCK) ORDER BY RowVersion)
        DELETE FROM taken OUTPUT deleted.Id, deleted.Expires, deleted.Headers, deleted.Body, deleted.RowVersion, @p2, DATEADD(millisecond, @p3, SYSUTCDATETIME()), 1
            INTO {queue.Claims} (Id, Expires, Headers, Body, Seq, Token, Until, Attempts);
        SELECT {ClaimColumns} FROM {queue.Claims} WHERE Token = @p2 AND Attempts = 1 ORDER BY Seq;
        DELETE FROM {queue.Claims} WHERE Token = @p2 AND Attempts = 1 AND Expires <= @p4;
        """), Kind.Number, Kind.Id, Kind.Number, Kind.Utc);

    public override StatementText ClaimAgain(QueueTable queue) => new($"""
        WITH late AS (
            SELECT TOP (@p1) * FROM {queue.Claims} WITH (UPDLOCK, READPAST, ROWLOCK)
            WHERE Until <= SYSUTCDATETIME() AND Id NOT IN (SELECT CAST(value AS uniqueidentifier) FROM OPENJSON(@p5)) ORDER BY Seq)
        UPDATE late SET Token = @p2, Until = DATEADD(millisecond, @p3, SYSUTCDATETIME()), Attempts = Attempts + 1
        OUTPUT inserted.Id, inserted.Seq, inserted.Headers, inserted.Body, inserted.Attempts, CAST(CASE WHEN inserted.Expires <= @p4 THEN 1 ELSE 0 END AS bit);
        """, Kind.Number, Kind.Id, Kind.Number, Kind.Utc, Kind.Ids);

    public override StatementText End(QueueTable queue) => new(ExactlyOne($"DELETE FROM {queue.Claims} WHERE Id = @p1 AND Token = @p2;"), Kind.Id, Kind.Id);

    public override StatementText Renew(QueueTable queue) => new($"UPDATE {queue.Claims} SET Until = DATEADD(millisecond, @p3, SYSUTCDATETIME()) OUTPUT inserted.Id WHERE Id = @p1 AND Token = @p2;", Kind.Id, Kind.Id, Kind.Number);

    public override StatementText RenewFree(QueueTable queue) => new(
        $"UPDATE {queue.Claims} WITH (READPAST, ROWLOCK) SET Until = DATEADD(millisecond, @p3, SYSUTCDATETIME()) OUTPUT inserted.Id WHERE Id = @p1 AND Token = @p2;", Kind.Id, Kind.Id, Kind.Number);

    /// <summary>Back to the end of the queue: a row's number is given by the server.</summary>
    public override StatementText Release(QueueTable queue) => new($"""
        DELETE FROM {queue.Claims} OUTPUT deleted.Id, deleted.Expires, deleted.Headers, deleted.Body INTO {queue.Table} (Id, Expires, Headers, Body) WHERE Id = @p1 AND Token = @p2;
        """, Kind.Id, Kind.Id);

    public override StatementText MoveRaw(QueueTable queue, QueueTable to) =>
        new($"DELETE FROM {queue.Claims} OUTPUT deleted.Id, deleted.Headers, deleted.Body INTO {to.Table} (Id, Headers, Body) WHERE Id = @p1 AND Token = @p2;", Kind.Id, Kind.Id);

    public override StatementText MoveDue(QueueTable queue) => new($"""
        WITH due AS (SELECT TOP (@p2) Headers, Body FROM {queue.Delayed} WITH (UPDLOCK, READPAST, ROWLOCK) WHERE Due <= @p1 ORDER BY Due)
        DELETE FROM due OUTPUT NEWID(), deleted.Headers, deleted.Body INTO {queue.Table} (Id, Headers, Body);
        SELECT CAST(@@ROWCOUNT AS bigint);
        """, Kind.Utc, Kind.Number);

    public override StatementText NextDue(QueueTable queue) => new($"SELECT CAST(MIN(Due) AS datetimeoffset) FROM {queue.Delayed};");

    public override StatementText Measure(QueueTable queue) => new($"""
        SELECT (SELECT COUNT_BIG(*) FROM {queue.Table} WITH (READPAST)) + (SELECT COUNT_BIG(*) FROM {queue.Claims} WITH (READPAST) WHERE Until <= SYSUTCDATETIME()),
            (SELECT COUNT_BIG(*) FROM {queue.Claims} WITH (READPAST) WHERE Until > SYSUTCDATETIME()), (SELECT COUNT_BIG(*) FROM {queue.Delayed} WITH (READPAST));
        """);

    public override StatementText MeasureTheirs(QueueTable queue) => new($"SELECT COUNT_BIG(*), CAST(0 AS bigint), CAST(0 AS bigint) FROM {queue.Table} WITH (READPAST);");

    /// <summary>Beyond some thousands, by the numbers of the first and the last row: rows leave a queue in about the order in which they came.</summary>
    public override StatementText CountRoughly(QueueTable queue) => new($"""
        SELECT CASE WHEN counted < 5000 THEN counted ELSE (SELECT MAX(RowVersion) - MIN(RowVersion) + 1 FROM {queue.Table} WITH (READPAST)) END
        FROM (SELECT COUNT_BIG(*) AS counted FROM (SELECT TOP (5000) 1 AS one FROM {queue.Table} WITH (READPAST)) AS counted_rows) AS few;
        """);

    public override StatementText Peek(QueueTable queue) => new($"""
        SELECT TOP (@p1) Id, Seq, Headers, Body, Attempts, CAST(0 AS bit) FROM (
            SELECT Id, RowVersion AS Seq, Headers, Body, 0 AS Attempts FROM {queue.Table} WITH (READPAST) UNION ALL SELECT Id, Seq, Headers, Body, Attempts FROM {queue.Claims} WITH (READPAST)) AS queued
        ORDER BY Seq;
        """, Kind.Number);

    public override StatementText PeekTheirs(QueueTable queue) =>
        new($"SELECT TOP (@p1) Id, RowVersion, Headers, Body, 0, CAST(0 AS bit) FROM {queue.Table} WITH (READPAST) ORDER BY RowVersion;", Kind.Number);

    public override IEnumerable<StatementText> Purge(QueueTable queue) => [new($"DELETE FROM {queue.Table};"), new($"DELETE FROM {queue.Claims};"), new($"DELETE FROM {queue.Delayed};")];

    public override StatementText Subscribe(string table) => new($"""
        MERGE {table} WITH (HOLDLOCK, TABLOCK) AS target USING (SELECT @p2 AS Endpoint, @p3 AS Topic) AS source ON target.Endpoint = source.Endpoint AND target.Topic = source.Topic
        WHEN MATCHED AND target.QueueAddress <> @p1 THEN UPDATE SET QueueAddress = @p1
        WHEN NOT MATCHED THEN INSERT (QueueAddress, Topic, Endpoint) VALUES (@p1, @p3, @p2);
        """, Kind.Text, Kind.Text, Kind.Text);

    public override StatementText Unsubscribe(string table) => new($"DELETE FROM {table} WHERE Endpoint = @p1 AND Topic = @p2;", Kind.Text, Kind.Text);

    public override StatementText FindSubscribers(string table) => new($"SELECT DISTINCT QueueAddress FROM {table} WHERE Topic IN (SELECT value FROM OPENJSON(@p1));", Kind.Texts);

    const string ClaimColumns = "Id, Seq, Headers, Body, Attempts, CAST(CASE WHEN Expires <= @p4 THEN 1 ELSE 0 END AS bit)";

    static string OneTransaction(string statements) => $"BEGIN TRANSACTION;\n{statements}\nCOMMIT TRANSACTION;";

    static (string Part, string Behind) ReadPart(string text)
    {
        if (!text.StartsWith('[')) return text.IndexOf('@', StringComparison.Ordinal) is >= 0 and var end ? (text[..end], text[end..]) : (text, "");
        var part = new StringBuilder();
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] != ']') part.Append(text[at]);
            else if (at + 1 < text.Length && text[at + 1] == ']') part.Append(text[at++]);
            else if (at + 1 == text.Length || text[at + 1] == '@') return (part.ToString(), text[(at + 1)..]);
            else break;
        }
        throw new FormatException($"'{text}' is no address of a queue on SQL Server. Write the table's name, or table@[schema]@[database].");
    }
}
