using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Tracking;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Tracking;

/// <summary>The tracking role on the real bus, and ways to let events arrive.</summary>
sealed class TrackingHost(RoleHost role) : IAsyncDisposable
{
    public RoleHost Role => role;

    /// <summary>The client that placed the orders.</summary>
    public HttpClient Client { get; } = role.Client(History.Client, "shop");

    public HttpClient Desk { get; } = role.Client("desk-9", "support");

    public static async Task<TrackingHost> Start(CancellationToken cancellation, params (string Key, string? Value)[] settings) => new(await RoleHost.Start(
        TrackingEndpoint.Name, TrackingEndpoint.Configure, TrackingEndpoint.AddServices, TrackingEndpoint.Map, cancellation, settings: settings));

    public async Task Publish(CancellationToken cancellation, params IEnumerable<object> events)
    {
        var session = role.App.Services.GetRequiredService<IMessageSession>();
        foreach (var message in events) await session.Publish(message, cancellationToken: cancellation);
    }

    /// <summary>Lets all that happened arrive, and waits until it is written.</summary>
    public async Task Arrive(History history, string orderId, CancellationToken cancellation)
    {
        await Publish(cancellation, history.Events);
        await Until(orderId, journey => journey["entries"]!.AsArray().Count == history.Events.Count, cancellation);
    }

    /// <summary>The journey as the support desk sees it, once it is as awaited.</summary>
    public async Task<JsonObject> Until(string orderId, Predicate<JsonObject> isAwaited, CancellationToken cancellation)
    {
        while (true)
        {
            using var answer = await Desk.GetAsync($"/v1/orders/{orderId}/journey", cancellation);
            if (answer.StatusCode == HttpStatusCode.OK && await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation) is { } journey && isAwaited(journey)) return journey;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
        }
    }

    public ValueTask DisposeAsync() => role.DisposeAsync();
}
