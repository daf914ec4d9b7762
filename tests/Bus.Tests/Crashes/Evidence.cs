using System.Data.Common;
using System.Globalization;
using Dovetail.Bus.Victim;
using NServiceBus;

namespace Dovetail.Bus.Tests.Crashes;

/// <summary>What stands in the database and, apart from it, in the ledgers when all is over.</summary>
sealed record Evidence(
    IReadOnlyList<Evidence.Effect> Effects, IReadOnlyList<Evidence.Entry> Attempts, IReadOnlyList<Evidence.Entry> Commits, IReadOnlyList<(string Endpoint, string MessageId)> Audited, long Errors, long Sagas)
{
    // What one story leads to, whatever happens on its way.
    static readonly (string Endpoint, string Kind, int Times)[] Story =
    [
        (SmallSystem.Desk, nameof(OpenStory), 1), (SmallSystem.Floor, nameof(CountCommand), 2), (SmallSystem.Desk, nameof(LookAgainCommand), 1), (SmallSystem.Desk, nameof(StumbleCommand), 1),
        (SmallSystem.Desk, nameof(StoryOpenedEvent), 1), (SmallSystem.Floor, nameof(StoryOpenedEvent), 1), (SmallSystem.Desk, nameof(NegotiateCommand), 1), (SmallSystem.Floor, nameof(AskCommand), 1),
        (SmallSystem.Desk, nameof(AnswerMessage), 1), (SmallSystem.Desk, nameof(HurryMessage), 1), (SmallSystem.Floor, nameof(NegotiatedEvent), 1),
    ];

    public static async Task<Evidence> Read(ICrashDatabase database, DbConnection connection, IEnumerable<string> ledgers)
    {
        var entries = ledgers.Where(File.Exists).SelectMany(File.ReadLines).Select(line => line.Split(' '))
            .Select(parts => (What: parts[1], Entry: new Entry(long.Parse(parts[0], CultureInfo.InvariantCulture), parts[2], parts[3], parts[4]))).ToList();
        return new Evidence(
            connection.Rows("SELECT Endpoint, Kind, Story, MessageId, Attempt, SentBy, Detail FROM Effects", row => new Effect(
                row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetInt32(6))),
            [.. entries.Where(entry => entry.What == "attempt").Select(entry => entry.Entry)],
            [.. entries.Where(entry => entry.What == "committed").Select(entry => entry.Entry)],
            [.. (await database.Audit(connection)).Select(headers => (headers[Headers.ProcessingEndpoint], headers[Headers.MessageId]))],
            await database.Errors(connection), connection.Number($"SELECT count(*) FROM \"Desk_{nameof(Negotiation)}\""));
    }

    /// <summary>All that is wrong, in words; nothing if every promise was kept.</summary>
    /// <param name="sendsOnce">False if a message may be there more than once: in the audit, and in hand.</param>
    public IEnumerable<string> Faults(int stories, bool sendsOnce)
    {
        var committed = Effects.Select(effect => effect.Attempt).ToHashSet();
        var attempted = Attempts.Select(attempt => attempt.Attempt).ToHashSet();
        var counts = Effects.CountBy(effect => (effect.Endpoint, effect.Kind, effect.Story)).ToDictionary();
        foreach (var story in Enumerable.Range(1, stories))
        {
            foreach (var (endpoint, kind, times) in Story)
            {
                if (counts.GetValueOrDefault((endpoint, kind, story)) is var count && count != times) yield return $"{kind} of story {story} took effect {count} times at {endpoint} instead of {times}";
            }

            // Sent at once: an attempt that died may have rung too, but the one that committed has.
            if (counts.GetValueOrDefault((SmallSystem.Floor, nameof(RingCommand), story)) == 0) yield return $"nobody rang for story {story}";
        }
        foreach (var (message, count) in Effects.CountBy(effect => (effect.Endpoint, effect.MessageId)))
        {
            if (count > 1) yield return $"message {message} took effect {count} times";
        }
        foreach (var effect in Effects)
        {
            if (!attempted.Contains(effect.Attempt)) yield return $"{effect} was committed by an attempt that the ledger does not know";
            if (effect.Kind == nameof(NegotiatedEvent) && effect.Detail != 3) yield return $"{effect}: the saga remembers {effect.Detail} steps instead of 3";
            if (effect.SentBy == "outside") continue;
            if (!(effect.Kind == nameof(RingCommand) ? attempted : committed).Contains(effect.SentBy)) yield return $"{effect} was sent by an attempt that never committed";
        }

        var ended = Commits.GroupBy(entry => (entry.Queue, entry.MessageId)).ToDictionary(group => group.Key, group => group.Min(entry => entry.At));
        var effects = Effects.Select(effect => (effect.Endpoint, effect.MessageId)).ToHashSet();
        foreach (var end in ended.Keys.Except(effects)) yield return $"message {end} was committed and left no effect";
        // Where the broker hands out what a dead process had, a copy may be in hand twice: the second to commit is refused, and takes no effect.
        foreach (var attempt in sendsOnce ? Attempts : [])
        {
            if (ended.TryGetValue((attempt.Queue, attempt.MessageId), out var at) && attempt.At > at) yield return $"message {attempt.MessageId} was handled at {attempt.Queue} again after its commit";
        }
        foreach (var (message, count) in Audited.CountBy(copy => copy))
        {
            if (sendsOnce && count > 1) yield return $"message {message} is {count} times in the audit";
        }
        foreach (var message in effects.Except(Audited)) yield return $"message {message} is not in the audit";
        foreach (var message in Audited.Except(effects)) yield return $"message {message} is in the audit, but took no effect";
        if (Errors > 0) yield return $"{Errors} messages wait in the error queue";
        if (Sagas > 0) yield return $"{Sagas} sagas never ended";
    }

    /// <summary>Attempts that came to nothing: killed, failed, or too late.</summary>
    public int InVain => Attempts.Count - Effects.Count;

    /// <param name="SentBy">The attempt that sent the message.</param>
    internal sealed record Effect(string Endpoint, string Kind, int Story, string MessageId, string Attempt, string SentBy, int Detail);

    internal sealed record Entry(long At, string Queue, string MessageId, string Attempt);
}

static class Looks
{
    public static void Execute(this DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static long Number(this DbConnection connection, string sql) => connection.Rows(sql, row => row.GetInt64(0)).Single();

    public static List<T> Rows<T>(this DbConnection connection, string sql, Func<DbDataReader, T> read)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }
}
