using Dovetail.Endpoints.Sandbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Tests;

/// <summary>A web role that asks an external system while its client waits, and the stand-in of that system.</summary>
sealed class VendorRole(SandboxHost sandbox, RoleHost role) : IAsyncDisposable
{
    public SandboxHost Sandbox => sandbox;

    public RoleHost Role => role;

    /// <summary>Whom the gateway vouches for as shop-1.</summary>
    public HttpClient Shop { get; } = role.Client("shop-1", "shop");

    public static async Task<VendorRole> Start(
        string name, Action<IServiceCollection, IConfiguration> addServices, Action<WebApplication> map, CancellationToken cancellation, params (string Key, string? Value)[] settings)
    {
        var sandbox = await SandboxHost.Start(cancellation);
        return new(sandbox, await RoleHost.Start(
            name, (_, _) => { }, addServices, map, cancellation,
            settings: [.. SandboxRole.Settings(sandbox.Address, smtpPort: 25).Select(setting => (setting.Key, setting.Value)), .. settings]));
    }

    public async ValueTask DisposeAsync()
    {
        await role.DisposeAsync();
        await sandbox.DisposeAsync();
    }
}
