using System.Data.Common;
using System.Text;
using Dovetail.Bus.Sql.Servers;
using Npgsql;

namespace Dovetail.Bus.Sql.PostgreSql;

/// <summary>Queues as NServiceBus's PostgreSQL transport has them, so that its endpoints may read and write the same tables at the same time; and beside each a table of claims.</summary>
sealed partial class PostgreSqlDialect
{
    // 63 bytes are an identifier's most, and the longest of what is appended has 8.
    const int LongestQueue = 55;

    const string HalfOfNumbers = "1073741824";

    static readonly TimeSpan BetweenSignsOfLife = TimeSpan.FromSeconds(30);

    /// <summary>Wakes receivers of other processes.</summary>
    public override StatementText? Ring => new("SELECT pg_notify('dovetail', $1)", Kind.Text);

    public override string AddressOf(string schema, string name) => Table(schema, name);

    /// <summary>Schema and name, each in double quotes or not, with a dot between them; or the name alone.</summary>
    /// <param name="isSchema">Tells a schema from the beginning of a name with a dot in it, where neither is in quotes.</param>
    public override (string? Schema, string Name) Parse(string address, Func<string, bool> isSchema)
    {
        var (first, rest) = ReadIdentifier(address);
        if (rest.Length == 0) return (null, first);
        var (second, beyond) = ReadIdentifier(rest[1..]);
        return address[0] == '"' || rest[1..].StartsWith('"') ? beyond.Length == 0 ? (first, second) : throw NoAddress(address) : isSchema(first) ? (first, rest[1..]) : (null, address);
    }

    public override void CheckQueue(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) > LongestQueue)
            throw new InvalidOperationException($"The queue name '{name}' is longer than the {LongestQueue} bytes that PostgreSQL leaves for it. Choose a shorter endpoint name or discriminator.");
    }

    public override IEnumerable<string> CreateSubscriptions(string table)
    {
        yield return $"""
            CREATE TABLE IF NOT EXISTS {table} (
                queueaddress character varying(200) NOT NULL, endpoint character varying(200) NOT NULL, topic character varying(200) NOT NULL, PRIMARY KEY (endpoint, topic)) WITH (fillfactor = 100);
            """;
    }

    /// <remarks>Every start runs these: they may not wait for whoever uses the tables, so what is there already is only looked at.</remarks>
    public override IEnumerable<string> CreateQueue(QueueTable queue, bool showsBodies)
    {
        yield return $"CREATE TABLE IF NOT EXISTS {queue.Table} (id uuid PRIMARY KEY, expires timestamp without time zone, headers text NOT NULL, body bytea, seq serial NOT NULL UNIQUE);";
        yield return LetNumbersBeginAnew(queue);
        if (showsBodies)
        {
            yield return $"""
                DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = {Literal(queue.Table)}::regclass AND attname = 'bodystring') THEN
                    ALTER TABLE {queue.Table} ADD COLUMN bodystring text GENERATED ALWAYS AS (encode(body, 'escape')) STORED;
                END IF; END $do$;
                """;
        }
        yield return $"""
            CREATE TABLE IF NOT EXISTS {queue.Delayed} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), headers text NOT NULL, body bytea, due timestamp with time zone NOT NULL) WITH (fillfactor = 100);
            """;
        // IF NOT EXISTS would lock the table before it looks.
        yield return $"""
            DO $do$ BEGIN IF to_regclass({Literal(queue.Table[..^1] + ".Delayed_Due\"")}) IS NULL THEN
                CREATE INDEX {Quote(queue.Name + ".Delayed_Due")} ON {queue.Delayed} (due);
            END IF; END $do$;
            """;
        // All of it comes and goes all the time, so it is swept often.
        yield return $"""
            CREATE TABLE IF NOT EXISTS {queue.Claims} (
                id uuid PRIMARY KEY, expires timestamp without time zone, headers text NOT NULL, body bytea, seq integer NOT NULL, token uuid NOT NULL, until timestamp with time zone NOT NULL, attempts integer NOT NULL)
            WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
            """;
    }

    /// <summary>The numbers of a queue's rows have 31 bits, which a busy queue has used up within days.</summary>
    /// <remarks>
    /// A table that another engine or an older version made is changed once. That needs a lock which waits for everybody who is sending, and keeps others from it meanwhile:
    /// where it can't be had soon, or the table is not ours to change, it is left to the next start.
    /// </remarks>
    static string LetNumbersBeginAnew(QueueTable queue) => $"""
        DO $do$
        DECLARE
            numbers text := pg_get_serial_sequence({Literal(queue.Table)}, 'seq');
            patience text := current_setting('lock_timeout');
        BEGIN
            IF EXISTS (SELECT FROM pg_sequence WHERE seqrelid = numbers::regclass AND NOT seqcycle) THEN
                PERFORM set_config('lock_timeout', '200ms', true);
                EXECUTE 'ALTER SEQUENCE ' || numbers || ' CYCLE';
                PERFORM set_config('lock_timeout', patience, true);
            END IF;
        EXCEPTION WHEN insufficient_privilege OR lock_not_available THEN NULL;
        END $do$;
        """;

    public override StatementText Exists => new("SELECT to_regclass($1) IS NOT NULL", Kind.Text);

    public override StatementText Send(QueueTable queue) => new($"""
        INSERT INTO {queue.Table} (id, expires, headers, body) SELECT * FROM unnest($1, $2, $3, $4)
        """, TakesRows: true, Kind.Id, Kind.Utc, Kind.Text, Kind.Bytes);

    public override StatementText SendDelayed(QueueTable queue) => new($"""
        INSERT INTO {queue.Delayed} (id, headers, body, due) SELECT * FROM unnest($1, $2, $3, $4)
        """, TakesRows: true, Kind.Id, Kind.Text, Kind.Bytes, Kind.Instant);

    /// <summary>The rows change tables in one step; those that have expired only leave.</summary>
    public override StatementText Claim(QueueTable queue) => new($"""
        WITH taken AS (
            DELETE FROM {queue.Table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {queue.Table} ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING id, expires, headers, body, seq),
        held AS (
            INSERT INTO {queue.Claims} (id, expires, headers, body, seq, token, until, attempts)
            SELECT id, expires, headers, body, seq, $2, clock_timestamp() + $3 * interval '1 millisecond', 1 FROM taken WHERE expires IS NULL OR expires > $4)
        SELECT id, seq::bigint, headers, body, 1, expires IS NOT NULL AND expires <= $4 FROM taken ORDER BY seq
        """, Kind.Number, Kind.Id, Kind.Number, Kind.Utc);

    public override StatementText ClaimAgain(QueueTable queue) => new($"""
        UPDATE {queue.Claims} SET token = $2, until = clock_timestamp() + $3 * interval '1 millisecond', attempts = attempts + 1
        WHERE id IN (SELECT id FROM {queue.Claims} WHERE until <= clock_timestamp() AND id <> ALL($5) ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
        RETURNING id, seq::bigint, headers, body, attempts, expires IS NOT NULL AND expires <= $4
        """, Kind.Number, Kind.Id, Kind.Number, Kind.Utc, Kind.Ids);

    public override StatementText End(QueueTable queue) => new($"""
        WITH ended AS (DELETE FROM {queue.Claims} AS claim USING unnest($1, $2) AS held (id, token) WHERE claim.id = held.id AND claim.token = held.token RETURNING 1)
        SELECT 1 / (count(*) = cardinality($1))::int FROM ended
        """, TakesRows: true, Kind.Id, Kind.Id);

    public override StatementText Renew(QueueTable queue) =>
        new($"UPDATE {queue.Claims} SET until = clock_timestamp() + $3 * interval '1 millisecond' WHERE id = $1 AND token = $2 RETURNING id", Kind.Id, Kind.Id, Kind.Number);

    public override StatementText RenewFree(QueueTable queue) => new($"""
        UPDATE {queue.Claims} SET until = clock_timestamp() + $3 * interval '1 millisecond'
        WHERE id IN (SELECT id FROM {queue.Claims} WHERE id = $1 AND token = $2 FOR UPDATE SKIP LOCKED) RETURNING id
        """, Kind.Id, Kind.Id, Kind.Number);

    public override StatementText Release(QueueTable queue) => new($"""
        WITH given AS (
            DELETE FROM {queue.Claims} AS claim USING unnest($1, $2) AS held (id, token) WHERE claim.id = held.id AND claim.token = held.token
            RETURNING claim.id, claim.expires, claim.headers, claim.body, claim.seq)
        INSERT INTO {queue.Table} (id, expires, headers, body, seq) SELECT * FROM given
        """, TakesRows: true, Kind.Id, Kind.Id);

    public override StatementText MoveRaw(QueueTable queue, QueueTable to) => new($"""
        WITH given AS (DELETE FROM {queue.Claims} WHERE id = $1 AND token = $2 RETURNING id, headers, body) INSERT INTO {to.Table} (id, headers, body) SELECT * FROM given
        """, Kind.Id, Kind.Id);

    public override StatementText MoveDue(QueueTable queue) => new($"""
        WITH due AS (
            DELETE FROM {queue.Delayed} WHERE id IN (SELECT id FROM {queue.Delayed} WHERE due <= $1 ORDER BY due LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id, headers, body, due),
        moved AS (INSERT INTO {queue.Table} (id, headers, body) SELECT id, headers, body FROM due ORDER BY due RETURNING 1)
        SELECT count(*) FROM moved
        """, Kind.Instant, Kind.Number);

    public override StatementText NextDue(QueueTable queue) => new($"SELECT min(due) FROM {queue.Delayed}");

    public override StatementText Measure(QueueTable queue) => new($"""
        SELECT (SELECT count(*) FROM {queue.Table}) + (SELECT count(*) FROM {queue.Claims} WHERE until <= clock_timestamp()),
            (SELECT count(*) FROM {queue.Claims} WHERE until > clock_timestamp()), (SELECT count(*) FROM {queue.Delayed})
        """);

    public override StatementText MeasureTheirs(QueueTable queue) => new($"SELECT count(*), 0::bigint, 0::bigint FROM {queue.Table}");

    /// <summary>Beyond some thousands, by the numbers of the first and the last row: rows leave a queue in about the order in which they came.</summary>
    /// <remarks>Each half of the numbers for itself: where they have just begun anew, the last row's is smaller than the first's.</remarks>
    public override StatementText CountRoughly(QueueTable queue) => new($"""
        SELECT CASE WHEN counted < 5000 THEN counted ELSE
            (SELECT coalesce(max(seq)::bigint - min(seq) + 1, 0) FROM {queue.Table} WHERE seq < {HalfOfNumbers}) + (SELECT coalesce(max(seq)::bigint - min(seq) + 1, 0) FROM {queue.Table} WHERE seq >= {HalfOfNumbers}) END
        FROM (SELECT count(*) AS counted FROM (SELECT 1 FROM {queue.Table} LIMIT 5000) AS first) AS few
        """);

    public override StatementText Peek(QueueTable queue) => new($"""
        SELECT id, seq::bigint, headers, body, attempts, false FROM (
            (SELECT id, seq, headers, body, 0 AS attempts FROM {queue.Table} ORDER BY seq LIMIT $1) UNION ALL (SELECT id, seq, headers, body, attempts FROM {queue.Claims})) AS queued
        ORDER BY seq LIMIT $1
        """, Kind.Number);

    public override StatementText PeekTheirs(QueueTable queue) => new($"SELECT id, seq::bigint, headers, body, 0, false FROM {queue.Table} ORDER BY seq LIMIT $1", Kind.Number);

    public override IEnumerable<StatementText> Purge(QueueTable queue) => [new($"DELETE FROM {queue.Table}"), new($"DELETE FROM {queue.Claims}"), new($"DELETE FROM {queue.Delayed}")];

    public override StatementText Subscribe(string table) => new($"""
        INSERT INTO {table} (queueaddress, endpoint, topic) VALUES ($1, $2, $3) ON CONFLICT (endpoint, topic) DO UPDATE SET queueaddress = excluded.queueaddress
        """, Kind.Text, Kind.Text, Kind.Text);

    public override StatementText Unsubscribe(string table) => new($"DELETE FROM {table} WHERE endpoint = $1 AND topic = $2", Kind.Text, Kind.Text);

    public override StatementText FindSubscribers(string table) => new($"SELECT DISTINCT queueaddress FROM {table} WHERE topic = ANY($1)", Kind.Texts);

    public override async Task Listen(DbConnection connection, Action<string> heard, CancellationToken cancellation)
    {
        var bell = (NpgsqlConnection)connection;
        bell.Notification += (_, rung) => heard(rung.Payload);
        await using var command = new NpgsqlCommand("LISTEN dovetail", bell);
        await command.ExecuteNonQueryAsync(cancellation);
        while (true)
        {
            // Nobody says that a connection is gone through which nothing comes.
            if (await bell.WaitAsync(BetweenSignsOfLife, cancellation)) continue;
            await using var stillThere = new NpgsqlCommand("SELECT 1", bell);
            await stillThere.ExecuteScalarAsync(cancellation);
        }
    }

    static (string Identifier, string Behind) ReadIdentifier(string text)
    {
        if (!text.StartsWith('"')) return text.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? (text[..dot], text[dot..]) : (text, "");
        var name = new StringBuilder();
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] != '"') name.Append(text[at]);
            else if (at + 1 < text.Length && text[at + 1] == '"') name.Append(text[at++]);
            else if (at + 1 == text.Length || text[at + 1] == '.') return (name.ToString(), text[(at + 1)..]);
            else break;
        }
        throw NoAddress(text);
    }

    static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    static FormatException NoAddress(string text) => new($"'{text}' is no address of a queue on PostgreSQL. Write the table's name, or \"schema\".\"table\" with the quotes.");
}
