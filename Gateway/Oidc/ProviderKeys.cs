using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.Gateway.Oidc;

/// <summary>The keys by which a provider signs, from its discovery document. They change while the gateway runs, and the provider may be away meanwhile.</summary>
sealed partial class ProviderKeys(OidcProvider provider, IDocumentRetriever documents, TimeProvider time, ILogger<ProviderKeys> logger)
{
    /// <summary>So long keys are believed that could not be looked at again: whoever revoked one must be heard some day.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>A stranger who makes up keys must not make us ask the provider each time.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly Lock _lock = new();
    volatile Published? _published;
    Task<Published?> _asking = Task.FromResult<Published?>(null);
    DateTimeOffset _asked = DateTimeOffset.MinValue;

    public OidcProvider Provider => provider;

    /// <summary>Whether tokens can be checked at this moment.</summary>
    public bool AreKnown => Current() is not null;

    /// <summary>The keys that a token with this key id may be signed with; none if the provider publishes no such key; null if the provider can't be asked.</summary>
    /// <param name="id">Null for a token that does not name its key: then it may be any.</param>
    public async ValueTask<IReadOnlyList<SecurityKey>?> Find(string? id, CancellationToken cancellation)
    {
        var published = Current();
        if (published is not null && time.GetUtcNow() - published.At > provider.Refresh)
            _ = Ask();

        var found = published?.Of(id);
        return found is { Count: > 0 } ? found : (await Ask().WaitAsync(cancellation) ?? published)?.Of(id);
    }

    /// <summary>One question at a time for all who wait, and none so soon after another.</summary>
    public Task<Published?> Ask()
    {
        lock (_lock)
        {
            if (!_asking.IsCompleted)
                return _asking;
            if (time.GetUtcNow() - _asked < Pause)
                return Task.FromResult(Current());

            _asked = time.GetUtcNow();
            return _asking = Read();
        }
    }

    Published? Current() => _published is { } published && time.GetUtcNow() - published.At < Longest ? published : null;

    async Task<Published?> Read()
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience, time);
            var address = $"{provider.Authority.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration";
            var document = await OpenIdConnectConfigurationRetriever.GetAsync(address, documents, patience.Token);
            if (document.Issuer?.TrimEnd('/') != provider.Issuer.TrimEnd('/'))
            {
                LogOtherIssuer(provider.Section, address, document.Issuer);
                return Current();
            }

            if (_published is null)
                LogReached(provider.Authority, document.SigningKeys.Count);
            return _published = new(document.Issuer, [.. document.SigningKeys], time.GetUtcNow());
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or OperationCanceledException or ArgumentException or InvalidOperationException or System.Text.Json.JsonException)
        {
            LogAway(provider.Authority, failure.GetBaseException().Message);
            return Current();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Takes tokens of {Authority}, which publishes {Count} keys.")]
    partial void LogReached(Uri authority, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not read the keys of {Authority} ({Reason}). The keys read before stay in force for a day; without any, its tokens are answered with 503. API keys work as ever.")]
    partial void LogAway(Uri authority, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Did not take the keys of {Address}: it speaks for the issuer {Issuer}. If that is the one meant, set {Section}:Issuer to it.")]
    partial void LogOtherIssuer(string section, string address, string? issuer);
}

/// <summary>What a provider said, and when.</summary>
sealed record Published(string Issuer, IReadOnlyList<SecurityKey> Keys, DateTimeOffset At)
{
    public IReadOnlyList<SecurityKey> Of(string? id) => id is null ? Keys : [.. Keys.Where(key => key.KeyId == id)];
}
