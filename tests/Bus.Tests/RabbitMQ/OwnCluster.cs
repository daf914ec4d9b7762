using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>Three nodes of one test's own. Each may be killed, and cut off from the others; of a minority it is expected to pause.</summary>
sealed class OwnCluster : IAsyncDisposable
{
    readonly string _folder;
    readonly HttpClient _client = new();

    OwnCluster(string folder) => _folder = folder;

    /// <summary>Where each node takes connections.</summary>
    public IReadOnlyList<Uri> Nodes { get; private set; } = [];

    /// <summary>The management API of each node.</summary>
    public IReadOnlyList<Uri> Management { get; private set; } = [];

    public static async Task<OwnCluster> Start(CancellationToken cancellation)
    {
        var cluster = new OwnCluster(Directory.CreateTempSubdirectory("dovetail-cluster-").FullName);
        try
        {
            await Servers.Run(cancellation, "cluster", cluster._folder, "cluster_partition_handling = pause_minority", "net_ticktime = 10");
            var told = Enumerable.Range(1, 3).Select(number => File.ReadAllText(Path.Combine(cluster.Folder(number - 1), "env")).Split('\'')).ToList();
            (cluster.Nodes, cluster.Management) = ([.. told.Select(env => new Uri(env[1]))], [.. told.Select(env => new Uri(env[3]))]);
            cluster._client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("guest:guest")));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public Task Kill(int node, CancellationToken cancellation) => Servers.Run(cancellation, "kill", Folder(node));

    public Task StartAgain(int node, CancellationToken cancellation) => Servers.Run(cancellation, "start", Folder(node));

    public Task KillAll(CancellationToken cancellation) => Servers.Run(cancellation, "kill", _folder);

    public Task StartAllAgain(CancellationToken cancellation) => Servers.Run(cancellation, "start", _folder);

    /// <summary>Parts a node from the two others: no connection between them lasts, and none comes about. Its clients reach it as before.</summary>
    /// <remarks>From both at once: as soon as one of them misses a node that the other one still sees, RabbitMQ takes it for a partial partition and pauses the one too, which leaves none.</remarks>
    public Task CutOff(int node, CancellationToken cancellation) => Evaluate(
        node, "[erlang:set_cookie(N, apart) || N <- Others], process_flag(priority, max), [exit(Link, disconnect) || {N, Link} <- erlang:system_info(dist_ctrl), lists:member(N, Others)]", cancellation);

    /// <summary>Takes the cut back.</summary>
    public Task Rejoin(int node, CancellationToken cancellation) => Evaluate(node, "[erlang:set_cookie(N, erlang:get_cookie()) || N <- Others]", cancellation);

    /// <summary>What <c>rabbitmqctl</c> does with these arguments at the node.</summary>
    public Task Control(int node, CancellationToken cancellation, params string[] arguments) => Servers.Run(cancellation, ["ctl", Folder(node), .. arguments]);

    /// <summary>Whether one of the nodes runs short of something, so that nobody may publish.</summary>
    public async Task<bool> IsAlarmed(CancellationToken cancellation)
    {
        using var answer = await _client.GetAsync(new Uri(Management[0], "api/health/checks/alarms"), cancellation);
        return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
    }

    /// <summary>Whether clients can reach the node.</summary>
    public async Task<bool> TakesConnections(int node, CancellationToken cancellation)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Nodes[node].Host, Nodes[node].Port, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The node that leads the queue into which most was published.</summary>
    public async Task<(int Node, string Queue)> LeaderOfTheBusiest(CancellationToken cancellation)
    {
        var queues = await _client.GetFromJsonAsync<JsonElement>(new Uri(Management[0], "api/queues/%2F"), cancellation);
        var busiest = queues.EnumerateArray().Where(queue => queue.GetProperty("type").GetString() == "quorum" && !queue.GetProperty("name").GetString()!.StartsWith("nsb.", StringComparison.Ordinal)).MaxBy(Published);
        return (NodeOf(busiest.GetProperty("leader").GetString()!), busiest.GetProperty("name").GetString()!);
    }

    public async Task<int> LeaderOf(string queue, CancellationToken cancellation) =>
        NodeOf((await _client.GetFromJsonAsync<JsonElement>(new Uri(Management[0], $"api/queues/%2F/{queue}"), cancellation)).GetProperty("leader").GetString()!);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Servers.Run(CancellationToken.None, "remove", _folder);
    }

    static long Published(JsonElement queue) => queue.TryGetProperty("message_stats", out var stats) && stats.TryGetProperty("publish", out var count) ? count.GetInt64() : 0;

    string Folder(int node) => Path.Combine(_folder, (node + 1).ToString(CultureInfo.InvariantCulture));

    /// <summary>A node's name has the port on which it takes connections.</summary>
    int NodeOf(string name) => Enumerable.Range(0, Nodes.Count).Single(node => name.Contains(string.Create(CultureInfo.InvariantCulture, $"-{Nodes[node].Port}@"), StringComparison.Ordinal));

    Task Evaluate(int node, string what, CancellationToken cancellation)
    {
        var others = Nodes.Where(other => other != Nodes[node]).Select(other => string.Create(CultureInfo.InvariantCulture, $"'dovetail-{other.Port}@localhost'"));
        return Control(node, cancellation, "eval", $"Others = [{string.Join(',', others)}], {what}.");
    }
}
