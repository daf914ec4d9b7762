using Dovetail.Endpoints.Hooks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Delivery;

/// <summary>Sees to it that CDEK tells us its news. It ends a subscription by itself after a failure, and says nothing about that.</summary>
sealed partial class CdekSubscription(
    IServiceScopeFactory scopes, IOptions<CdekHookOptions> options, IConfiguration configuration, TimeProvider time, ILogger<CdekSubscription> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await Ensure(scope.ServiceProvider.GetRequiredService<CdekClient>(), stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task Ensure(CdekClient cdek, CancellationToken cancellation)
    {
        if (PublicHooks.Address(configuration, CdekHook.Place, options.Value.Secret) is not { } address)
            return;

        // Others of ours: from before the secret or the hub's address changed, or of two processes that subscribed at once. CDEK allows two in all.
        var ours = (await cdek.Subscriptions(cancellation)).Where(subscription => subscription.IsOfOrders && subscription.Url.AbsolutePath.Contains($"/hooks/{CdekHook.Place}/", StringComparison.Ordinal)).ToList();
        var right = ours.Where(subscription => subscription.Url == address).MinBy(subscription => subscription.Uuid, StringComparer.Ordinal);
        foreach (var old in ours.Where(subscription => subscription != right))
            await cdek.Unsubscribe(old.Uuid, cancellation);
        if (right is not null)
            return;

        var answer = await cdek.Subscribe(address, cancellation);
        if (answer.Faults.Count > 0)
            Refused(answer.Reason);
        else
            Subscribed();
    }

    [LoggerMessage(LogLevel.Information, "Subscribed to CDEK's news of shipments.")]
    partial void Subscribed();

    [LoggerMessage(LogLevel.Warning, "CDEK refused to tell its news of shipments ({Reason}). Shipments are asked about every now and then all the same. Delete a subscription of another program in CDEK's account.")]
    partial void Refused(string reason);

    [LoggerMessage(LogLevel.Warning, "It could not be seen to whether CDEK tells its news of shipments; it is tried again later. Shipments are asked about every now and then all the same.")]
    partial void Failed(Exception failure);
}
