using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>Stand-ins that live on in this process, and a hub in one of its own that does not.</summary>
sealed class Scene : IAsyncDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    static readonly string[] Connectors =
        ["Payments:YooKassa", "Payments:Stripe", "Loyalty:Loymax", "Oms:RetailCrm", "Delivery:Cdek", "Pricing:Mindbox", "Mes", "Crm:Bitrix24", "Notifications:Smtp", "Notifications:Telegram"];

    readonly DirectoryInfo _folder;
    readonly HttpClient _shop;
    readonly HttpClient _support;
    readonly HttpClient _sandbox;
    readonly RunningHub _standIns;
    readonly string[] _settings;
    readonly Lock _life = new();
    Process _hub;
    bool _isKilling;

    Scene(RunningHub standIns, Uri gateway, string smtpPort, bool paysWithStripe, DirectoryInfo folder)
    {
        (_standIns, PaysWithStripe, _folder) = (standIns, paysWithStripe, folder);
        _sandbox = new HttpClient { BaseAddress = standIns.Addresses["sandbox"] };
        _shop = Client(gateway, RunningHub.DemoShopKey);
        _support = Client(gateway, RunningHub.DemoSupportKey);
        _settings =
        [
            $"Hub:Folder={folder.FullName}/hub", $"Hub:Addresses:Gateway={gateway}", $"Hub:Addresses:Sandbox={_sandbox.BaseAddress}", $"Sandbox:SmtpPort={smtpPort}",
            $"Payments:Provider={(paysWithStripe ? "Stripe" : "YooKassa")}",
            "Deadlines:Patience=00:00:03", "Deadlines:PaymentPatience=00:00:04", "Deadlines:Task=00:00:10",
            "TaskDeadlines:Remind=00:00:02", "TaskDeadlines:Escalate=00:00:04", "TaskDeadlines:Limit=00:00:08",
            "NotificationDeadlines:Patience=00:00:04", "Bus:LeaseDuration=00:00:03", "Bus:DelayedRetries=2", "Bus:DelayedRetryIncrease=00:00:01",
            "Gateway:ClientLimit:PerSecond=1000", "Logging:LogLevel:Default=Warning", "Logging:LogLevel:Dovetail.Bus=Error",
            .. Connectors.Select(connector => $"{connector}:Timeout=00:00:02"),
        ];
        _hub = StartHub();
    }

    public bool PaysWithStripe { get; }

    public static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    public static async Task<Scene> Start(int seed, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-faults-");
        var gateway = FreeAddress();
        var configuration = HubConfiguration.Read(new Dictionary<string, string?>
        {
            ["Hub:Folder"] = Path.Combine(folder.FullName, "vendors"), ["Hub:Roles"] = "sandbox", ["Logging:Console:LogLevel:Default"] = "None",
            ["Sandbox:Seed"] = seed.ToString(CultureInfo.InvariantCulture),
            ["Sandbox:Webhooks:Hub"] = gateway.ToString(),
        });
        var standIns = await RunningHub.Start(configuration, cancellation);
        return new Scene(standIns, gateway, configuration["Sandbox:SmtpPort"]!, seed % 2 == 1, folder);
    }

    public async Task KillAndRestart(CancellationToken cancellation)
    {
        lock (_life) _isKilling = true;
        _hub.Kill();
        await _hub.WaitForExitAsync(cancellation);
        _hub.Dispose();
        _hub = StartHub();
        lock (_life) _isKilling = false;
    }

    /// <summary>Null where nothing came: the hub is dead, starts, or sheds load, and the same may be asked again.</summary>
    public Task<Answer?> ShopAsks(HttpMethod method, string path, JsonNode? body, string? key, CancellationToken cancellation) => Ask(_shop, method, path, body, key, cancellation);

    /// <inheritdoc cref="ShopAsks"/>
    public Task<Answer?> SupportAsks(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation) =>
        Ask(_support, method, path, body, Guid.NewGuid().ToString(), cancellation);

    /// <summary>Asks again until there is an answer, under the same key.</summary>
    public async Task<Answer> UntilAnswered(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation, bool bySupport = false)
    {
        var key = Guid.NewGuid().ToString();
        while (true)
        {
            if (await Ask(bySupport ? _support : _shop, method, path, body, key, cancellation) is { } answer) return answer;
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    public async Task<IReadOnlyList<JsonObject>> Ledger(string system, CancellationToken cancellation) =>
        [.. (await _sandbox.GetFromJsonAsync<JsonArray>($"control/ledgers/{system}", cancellation))!.Select(document => document!.AsObject())];

    /// <summary>Somebody writes to the bot in Telegram.</summary>
    public async Task Says(long chat, string text, CancellationToken cancellation)
    {
        using var response = await _sandbox.PostAsJsonAsync($"control/telegram/{chat}/says", new { text }, cancellation);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>
    /// The portal's application has its first tokens. They are good for the day, and each renewal is one that must not be lost: after that a person has to authorise the application anew.
    /// </summary>
    public async Task IsAuthorised(CancellationToken cancellation)
    {
        while ((await Ledger("bitrix24-application", cancellation)).Count == 0) await Task.Delay(Pause, TimeProvider.System, cancellation);
    }

    public async Task Pull(object lever, CancellationToken cancellation)
    {
        using var response = await _sandbox.PostAsJsonAsync("control/levers", lever, cancellation);
        response.EnsureSuccessStatusCode();
    }

    public async Task Release(string match, CancellationToken cancellation)
    {
        using var response = await _sandbox.DeleteAsync(new Uri($"control/levers?match={match}", UriKind.Relative), cancellation);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        lock (_life) _isKilling = true;
        _hub.Kill();
        await _hub.WaitForExitAsync();
        _hub.Dispose();
        _shop.Dispose();
        _support.Dispose();
        _sandbox.Dispose();
        await _standIns.Stop(CancellationToken.None);
        await _standIns.DisposeAsync();
        if (Environment.GetEnvironmentVariable("DOVETAIL_KEEP") != "1") _folder.Delete(recursive: true);
    }

    Process StartHub()
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"), "--roles", string.Join(',', RunningHub.AllRoles.Except(["sandbox"])),
            .. _settings.SelectMany(setting => new[] { "--set", setting }),
        ])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var log = Path.Combine(_folder.FullName, "hub.log");
        var gate = new Lock();
        var hub = Process.Start(start)!;
        void Write(object sender, DataReceivedEventArgs line)
        {
            lock (gate) File.AppendAllText(log, line.Data + '\n');
        }

        hub.OutputDataReceived += Write;
        hub.ErrorDataReceived += Write;
        hub.BeginOutputReadLine();
        hub.BeginErrorReadLine();
        return hub;
    }

    async Task<Answer?> Ask(HttpClient client, HttpMethod method, string path, JsonNode? body, string? key, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            if (key is not null) request.Headers.Add("Idempotency-Key", $"\"{key}\"");
            using var response = await client.SendAsync(request, cancellation);
            if (response.StatusCode is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError) return null;
            var text = await response.Content.ReadAsStringAsync(cancellation);
            return new Answer(response.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : null);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException && !cancellation.IsCancellationRequested)
        {
            lock (_life) Assert.IsFalse(!_isKilling && _hub.HasExited, "The hub ended by itself.");
            return null;
        }
    }

    static HttpClient Client(Uri gateway, string key) => new() { BaseAddress = gateway, DefaultRequestHeaders = { { "X-Api-Key", key } } };
}

sealed record Answer(HttpStatusCode Status, JsonNode? Body)
{
    public bool IsYes => (int)Status is >= 200 and < 300;
}
