namespace Dovetail.Endpoints.Delivery;

/// <summary>The token with which CDEK is asked, shared by all calls and renewed a minute before its end.</summary>
sealed class CdekToken(TimeProvider time) : IDisposable
{
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);

    readonly SemaphoreSlim _renewal = new(1);
    Grant? _current;

    /// <summary>A token that is good as far as we know.</summary>
    /// <param name="refused">The token that CDEK has just refused: it is not given again, however long it was to live.</param>
    public async Task<string> Value(Func<CancellationToken, Task<CdekGrant>> fetch, CancellationToken cancellation, string? refused = null)
    {
        if (Good(refused) is { } token)
            return token;

        await _renewal.WaitAsync(cancellation);
        try
        {
            // Whoever waited here finds the token that the one before fetched.
            if (Good(refused) is { } renewed)
                return renewed;

            var asked = time.GetUtcNow();
            var grant = await fetch(cancellation);
            _current = new(grant.AccessToken, asked + TimeSpan.FromSeconds(grant.ExpiresIn) - Margin);
            return grant.AccessToken;
        }
        finally
        {
            _renewal.Release();
        }
    }

    public void Dispose() => _renewal.Dispose();

    string? Good(string? refused) => _current is { } grant && grant.Token != refused && time.GetUtcNow() < grant.RenewAt ? grant.Token : null;

    sealed record Grant(string Token, DateTimeOffset RenewAt);
}

/// <summary>CDEK's answer to the credentials.</summary>
/// <param name="ExpiresIn">Seconds.</param>
sealed record CdekGrant(string AccessToken, int ExpiresIn);
