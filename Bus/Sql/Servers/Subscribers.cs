using System.Collections.Concurrent;
using Dovetail.Bus.Messages;

namespace Dovetail.Bus.Sql.Servers;

/// <param name="Table">Of all endpoints' subscriptions.</param>
/// <param name="Known">How long an answer is believed that another engine may have made untrue; zero asks each time.</param>
sealed record SubscriptionSource(string Table, TimeSpan Known);

/// <summary>Who wants which event.</summary>
sealed class Subscribers(Database database, SubscriptionSource source, TimeProvider time)
{
    const int LongestTopic = 200;

    readonly StatementText _find = database.Dialect.FindSubscribers(source.Table);
    readonly StatementText _subscribe = database.Dialect.Subscribe(source.Table);
    readonly StatementText _unsubscribe = database.Dialect.Unsubscribe(source.Table);
    readonly ConcurrentDictionary<Type, Answer> _known = new();

    /// <returns>The addresses of their queues.</returns>
    public async ValueTask<IReadOnlyList<string>> Of(Type type)
    {
        var version = database.Bell.SubscriptionsSeen;
        if (_known.TryGetValue(type, out var known) && known.Version == version && time.GetElapsedTime(known.At) < source.Known) return known.Queues;
        string[] topics = [.. MessageTypes.Hierarchy(type).Select(parent => parent.FullName!)];
        var answer = new Answer(await database.Ask(_find.With([topics]), row => row.GetString(0)), time.GetTimestamp(), version);
        _known[type] = answer;
        return answer.Queues;
    }

    public async Task Subscribe(string endpoint, string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation)
    {
        if (events.FirstOrDefault(type => type.FullName!.Length > LongestTopic) is { } tooLong)
            throw new InvalidOperationException($"The event type {tooLong.FullName} has a name of more than {LongestTopic} characters, which the table of subscriptions has no room for. Give it a shorter one.");
        await database.ChangeAlone([.. events.Select(type => _subscribe.With(queue, endpoint, type.FullName))], cancellation);
        database.Bell.RingSubscriptions();
    }

    public async Task Unsubscribe(string endpoint, IReadOnlyCollection<Type> events, CancellationToken cancellation)
    {
        await database.ChangeAlone([.. events.Select(type => _unsubscribe.With(endpoint, type.FullName))], cancellation);
        database.Bell.RingSubscriptions();
    }

    sealed record Answer(IReadOnlyList<string> Queues, long At, int Version);
}
