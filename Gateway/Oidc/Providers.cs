using Dovetail.Gateway.Settings;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols;

namespace Dovetail.Gateway.Oidc;

/// <summary>All providers whose tokens are taken. They are asked for their keys at the start, and nobody waits for that.</summary>
sealed class Providers : IHostedService, IHealthCheck, IDisposable
{
    const int LargestDocument = 1024 * 1024;

    readonly List<HttpClient> _clients = [];
    readonly List<ProviderKeys> _providers;

    public Providers(LiveOptions options, TimeProvider time, ILogger<ProviderKeys> logger) =>
        _providers = [.. options.Current.Oidc.Select(provider => new ProviderKeys(provider, Documents(provider), time, logger))];

    public bool Any => _providers.Count > 0;

    /// <param name="issuer">As a token names it; not to be believed yet.</param>
    public ProviderKeys? Find(string issuer) => _providers.Find(keys => keys.Provider.Issuer.TrimEnd('/') == issuer.TrimEnd('/'));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var provider in _providers)
            _ = provider.Ask();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A provider that is away makes the gateway no less ready for whoever has a key.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var away = _providers.FindAll(keys => !keys.AreKnown).ConvertAll(keys => keys.Provider.Authority);
        return Task.FromResult(away.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"Tokens of {string.Join(", ", away)} can't be checked."));
    }

    public void Dispose()
    {
        foreach (var client in _clients)
            client.Dispose();
    }

    HttpDocumentRetriever Documents(OidcProvider provider)
    {
        // Whoever could send us elsewhere could say what the keys are.
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { MaxResponseContentBufferSize = LargestDocument };
        _clients.Add(client);
        return new(client) { RequireHttps = provider.Authority.Scheme == "https" };
    }
}
