using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Roles;

namespace Dovetail.Hub.Tests.Processes;

/// <summary>Shops that order at a steady pace, change what customers hear and look at their orders, through whichever gateway says that it is ready: as a load balancer would send them, which tries nothing twice.</summary>
sealed class Shoppers : IDisposable
{
    // However slow the machine: what is under way has to end within the test.
    const int MostUnderway = 20;

    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan BetweenChecks = TimeSpan.FromMilliseconds(250);

    readonly IReadOnlyList<HttpClient> _gateways;
    readonly ConcurrentDictionary<string, string?> _orders = new();
    readonly ConcurrentQueue<string> _complaints = new();
    readonly bool[] _ready;
    int _turn;

    public Shoppers(IReadOnlyList<Uri> gateways)
    {
        _gateways = [.. gateways.Select(gateway => new HttpClient { BaseAddress = gateway, DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } })];
        _ready = new bool[gateways.Count];
    }

    /// <summary>With the status that was seen last.</summary>
    public IReadOnlyDictionary<string, string?> Orders => _orders;

    /// <summary>What did not go as it should.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>How many event streams were begun.</summary>
    public int Streams { get; private set; }

    public IEnumerable<string> Underway => _orders.Where(order => order.Value is not ("completed" or "cancelled")).Select(order => order.Key);

    /// <summary>Orders until told to stop, and looks until all orders have ended.</summary>
    public async Task Shop(CancellationToken enough, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var checks = _gateways.Select((_, number) => Check(number, end.Token)).ToList();
        await KnowAllGateways(cancellation);
        var (waits, looks) = (new List<Task>(), Task.CompletedTask);
        using (var pace = new PeriodicTimer(Pace, TimeProvider.System))
        {
            for (var number = 1; !enough.IsCancellationRequested; number++)
            {
                await pace.WaitForNextTickAsync(cancellation);
                if (Underway.Count() < MostUnderway) waits.Add(Place(string.Create(CultureInfo.InvariantCulture, $"ROLL-{number:D4}"), isFollowed: number % 4 == 0, cancellation));
                if (number % 5 == 0) waits.Add(Choose(cancellation));
                if (looks.IsCompleted) looks = Look(cancellation);
            }
        }
        await looks;
        for (var all = Task.WhenAll(waits); Underway.Any() || !all.IsCompleted; await Task.Delay(10 * Pace, TimeProvider.System, cancellation)) await Look(cancellation);
        await Task.WhenAll(waits);
        await end.CancelAsync();
        await Task.WhenAll(checks);
    }

    /// <summary>Waits until they would send requests to each of them.</summary>
    public async Task KnowAllGateways(CancellationToken cancellation)
    {
        while (Enumerable.Range(0, _ready.Length).Any(gateway => !Volatile.Read(ref _ready[gateway]))) await Task.Delay(Pace, TimeProvider.System, cancellation);
    }

    public void Dispose()
    {
        foreach (var gateway in _gateways) gateway.Dispose();
    }

    async Task Place(string id, bool isFollowed, CancellationToken cancellation)
    {
        var order = Demo.Orders.Order();
        order["orderId"] = id;
        if (await Ask(HttpMethod.Post, "v1/orders", order, id, cancellation) is not HttpStatusCode.Accepted) return;
        _orders.TryAdd(id, null);
        if (!isFollowed) return;
        while (_orders[id] is null) await Task.Delay(Pace, TimeProvider.System, cancellation);
        await Follow(id, cancellation);
    }

    /// <summary>As a browser does: a stream that breaks off is begun again, with whoever is there, after what was seen last.</summary>
    async Task Follow(string id, CancellationToken cancellation)
    {
        for (var (seen, ended) = (0, false); !ended; Streams++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/orders/{id}/journey/events");
            if (seen > 0) request.Headers.Add("Last-Event-ID", seen.ToString(CultureInfo.InvariantCulture));
            var gateway = Next();
            try
            {
                using var answer = await _gateways[gateway].SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
                ended = answer.StatusCode is not HttpStatusCode.OK;
                if (ended && answer.StatusCode != HttpStatusCode.NoContent) _complaints.Enqueue($"{Now} Following {id} by gateway {gateway + 1}: {(int)answer.StatusCode}");
                using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
                while (await lines.ReadLineAsync(cancellation) is { } line)
                {
                    if (line.StartsWith("id: ", StringComparison.Ordinal)) seen = int.Parse(line[4..], CultureInfo.InvariantCulture) is var number && number > seen ? number : throw new InvalidDataException($"{line} came after {seen}.");
                    ended |= line == "event: end";
                }
            }
            catch (IOException) when (!cancellation.IsCancellationRequested)
            {
                // It went with its instance.
            }
            catch (HttpRequestException failure)
            {
                _complaints.Enqueue($"{Now} Following {id} by gateway {gateway + 1}: {failure.Message}");
            }
        }
    }

    /// <summary>A change without a key: whoever may have heard of it can't be asked again.</summary>
    Task Choose(CancellationToken cancellation) => Ask(HttpMethod.Put, "v1/customers/C-7/notifications", new JsonObject { ["channel"] = "email" }, key: null, cancellation);

    async Task Look(CancellationToken cancellation)
    {
        foreach (var id in Underway.ToList())
            await Ask(HttpMethod.Get, $"v1/orders/{id}/journey", body: null, key: null, cancellation, answer => _orders[id] = (string?)answer["status"]);
    }

    async Task<HttpStatusCode?> Ask(HttpMethod method, string path, JsonNode? body, string? key, CancellationToken cancellation, Action<JsonObject>? read = null)
    {
        var gateway = Next();
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            if (key is not null) request.Headers.Add("Idempotency-Key", $"\"{key}\"");
            using var answer = await _gateways[gateway].SendAsync(request, cancellation);
            // What became of an order is not known from the first moment on.
            if (!answer.IsSuccessStatusCode && (method != HttpMethod.Get || answer.StatusCode != HttpStatusCode.NotFound)) _complaints.Enqueue($"{Now} {method} {path} by gateway {gateway + 1}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellation)}");
            else if (answer.IsSuccessStatusCode && read is not null) read((await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation))!);
            return answer.StatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException && !cancellation.IsCancellationRequested)
        {
            _complaints.Enqueue($"{Now} {method} {path} by gateway {gateway + 1}: {failure.Message} {failure.InnerException?.Message}");
            return null;
        }
    }

    /// <summary>The next one that is ready.</summary>
    int Next()
    {
        // One turn for all tries: others take theirs meanwhile, and two turns may fall on the same one.
        var turn = (uint)Interlocked.Increment(ref _turn);
        for (var tries = 0u; tries < _ready.Length; tries++)
        {
            var gateway = (int)((turn + tries) % (uint)_ready.Length);
            if (Volatile.Read(ref _ready[gateway])) return gateway;
        }
        _complaints.Enqueue($"{Now} No gateway was ready.");
        return 0;
    }

    async Task Check(int gateway, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var ready = false;
            try
            {
                using var answer = await _gateways[gateway].GetAsync(new Uri("health/ready", UriKind.Relative), end);
                ready = answer.IsSuccessStatusCode;
            }
            catch (Exception silence) when (silence is HttpRequestException or IOException or OperationCanceledException)
            {
                // Not ready, then.
            }
            Volatile.Write(ref _ready[gateway], ready);
            await Task.Delay(BetweenChecks, TimeProvider.System, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    static string Now => string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff}");
}
