using Dovetail.Gateway;
using Dovetail.Hub.Roles;

namespace Dovetail.Hub.Starting;

/// <summary>What is heard at the addresses of roles that have to wait: that they live, and what they are not ready for.</summary>
/// <param name="says">What they wait for at the moment.</param>
sealed class WaitingRooms(IConfiguration configuration, Func<string?> says) : IAsyncDisposable
{
    const string Seconds = "5";

    static readonly TimeSpan PatienceWithGuests = TimeSpan.FromSeconds(2);

    readonly Dictionary<string, WebApplication> _open = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>At addresses that are known outside; of one that the system is to choose, nobody has heard yet.</summary>
    public async Task Open(IEnumerable<string> roles, CancellationToken cancellation)
    {
        foreach (var role in roles)
        {
            if (_open.ContainsKey(role) || configuration[$"Hub:Addresses:{role}"] is not { } address || BindingAddress.Parse(address).Port == 0) continue;
            var room = _open[role] = RoleHost.BuildWaitingRoom(configuration, address, Map);
            await RunningHub.Listen(role, address, room, cancellation);
        }
    }

    /// <summary>The role itself comes.</summary>
    public async Task Close(string role)
    {
        if (!_open.Remove(role, out var room)) return;

        // Whoever is being told at this moment hears the end of it.
        using var patience = new CancellationTokenSource(PatienceWithGuests);
        await room.StopAsync(patience.Token);
        await room.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var role in _open.Keys.ToList()) await Close(role);
    }

    void Map(WebApplication room)
    {
        room.MapGet("/health/live", () => Results.Text("Healthy"));
        room.MapGet("/health/ready", () => Results.Text(says() ?? "Starts", statusCode: StatusCodes.Status503ServiceUnavailable));
        room.MapFallback("{**path}", (HttpContext context) =>
        {
            context.Response.Headers[GatewayRole.NotTaken] = "true";
            context.Response.Headers.RetryAfter = Seconds;
            return Results.Problem("This part of the hub is starting. Nothing was accepted, so it is safe to repeat the request.", statusCode: StatusCodes.Status503ServiceUnavailable);
        });
    }
}
