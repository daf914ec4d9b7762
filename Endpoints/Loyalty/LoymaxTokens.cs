using System.Collections.Concurrent;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>Tokens that are still good, so that not every operation needs three calls. In memory only.</summary>
sealed class LoymaxTokens(TimeProvider time)
{
    // A token must not run out between here and there.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Until)> _tokens = [];

    public string? Find(string holder) => _tokens.TryGetValue(holder, out var kept) && time.GetUtcNow() < kept.Until ? kept.Token : null;

    public string Keep(string holder, LoymaxToken token)
    {
        foreach (var (old, kept) in _tokens)
        {
            if (kept.Until <= time.GetUtcNow())
                _tokens.TryRemove(old, out _);
        }

        _tokens[holder] = (token.AccessToken, time.GetUtcNow() + TimeSpan.FromSeconds(token.ExpiresIn) - Margin);
        return token.AccessToken;
    }

    /// <summary>Loymax did not take this one: the next call gets a new one.</summary>
    public void Drop(string holder) => _tokens.TryRemove(holder, out _);
}
