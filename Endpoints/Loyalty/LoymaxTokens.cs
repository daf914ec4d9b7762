using System.Collections.Concurrent;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>Tokens that are still good, so that not every operation needs three calls. In memory only.</summary>
sealed class LoymaxTokens(TimeProvider time)
{
    // A token must not run out between here and there.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    // There is a token for each customer of late: to look through all of them for each new one costs more than it frees.
    static readonly TimeSpan Sweep = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Until)> _tokens = [];
    long _sweptAt = time.GetTimestamp();

    public string? Find(string holder) => _tokens.TryGetValue(holder, out var kept) && time.GetUtcNow() < kept.Until ? kept.Token : null;

    public string Keep(string holder, LoymaxToken token)
    {
        var now = time.GetUtcNow();
        if (IsTimeToSweep()) RemoveEnded(now);
        _tokens[holder] = (token.AccessToken, now + TimeSpan.FromSeconds(token.ExpiresIn) - Margin);
        return token.AccessToken;
    }

    /// <summary>Loymax did not take this one: the next call gets a new one.</summary>
    public void Drop(string holder) => _tokens.TryRemove(holder, out _);

    bool IsTimeToSweep()
    {
        var sweptAt = Interlocked.Read(ref _sweptAt);
        return time.GetElapsedTime(sweptAt) >= Sweep && Interlocked.CompareExchange(ref _sweptAt, time.GetTimestamp(), sweptAt) == sweptAt;
    }

    void RemoveEnded(DateTimeOffset now)
    {
        foreach (var kept in _tokens.Where(kept => kept.Value.Until <= now)) _tokens.TryRemove(kept);
    }
}
