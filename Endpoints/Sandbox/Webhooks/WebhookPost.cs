using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Webhooks;

/// <summary>Tells whoever is registered what happened at a vendor, again and again until it is taken.</summary>
/// <remarks>
/// Levers of the system <c>{vendor}-webhooks</c> lose an attempt (<c>fail-before</c>), lose its answer, so that it comes twice (<c>fail-after</c>),
/// hold it back, so that later ones overtake it (<c>slow</c>), lose it for good (<c>lose</c>), or send what a stranger made up before it (<c>forge</c>).
/// </remarks>
sealed partial class WebhookPost(SandboxLedger ledger, Levers levers, TimeProvider time, IOptions<WebhookOptions> options) : IHostedService, IAsyncDisposable
{
    public const string System = "webhooks";

    /// <summary>How often CDEK tries somebody who does not answer.</summary>
    public const int CdekAttempts = 12;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    readonly CancellationTokenSource _stopping = new();
    readonly Lock _gate = new();
    readonly HashSet<Task> _running = [];

    /// <summary>Each attempt and what came of it.</summary>
    public event Action<SandboxWebhook>? Attempted;

    /// <summary>Somebody wants to be told by this vendor.</summary>
    public bool IsWanted(string vendor) => options.Value.For(vendor).Address is not null;

    /// <param name="id">Of the event; the same in every attempt.</param>
    public void Send(string vendor, string type, string id, string body)
    {
        if (options.Value.For(vendor).Address is { } address)
            Send(vendor, type, id, body, address);
    }

    /// <summary>For a vendor where whoever wants to be told says so by its API.</summary>
    public void Send(string vendor, string type, string id, string body, Uri address)
    {
        var webhook = new SandboxWebhook(id, vendor, type, address, body, time.GetUtcNow());
        ledger.Save(System, id, webhook);
        Begin(webhook);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // What a killed process had not delivered.
        foreach (var webhook in ledger.All<SandboxWebhook>(System).Where(IsOpen))
            Begin(webhook);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate)
            running = [.. _running];
        await Task.WhenAll(running);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _http.Dispose();
    }

    void Begin(SandboxWebhook webhook)
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                return;

            var delivery = Deliver(webhook, _stopping.Token);
            _running.Add(delivery);
            delivery.ContinueWith(Forget, TaskScheduler.Default);
        }
    }

    void Forget(Task delivery)
    {
        lock (_gate)
            _running.Remove(delivery);
    }

    async Task Deliver(SandboxWebhook webhook, CancellationToken stopping)
    {
        try
        {
            // It must not be told before it is on disk: a killed vendor does not take back what it said.
            await Task.Yield();
            await ledger.Flushed();
            while (IsOpen(webhook))
            {
                if (webhook.Next - time.GetUtcNow() is var pause && pause > TimeSpan.Zero)
                    await Task.Delay(pause, time, stopping);
                if (Lever(webhook, LeverEffect.Slow) is { } slow)
                    await Task.Delay(slow.Delay ?? TimeSpan.FromSeconds(5), time, stopping);

                if (Lever(webhook, LeverEffect.Lose) is not null)
                {
                    ledger.Save(System, webhook.Id, webhook with { IsDelivered = true });
                    return;
                }
                if (Lever(webhook, LeverEffect.Forge) is not null)
                    await Attempt(webhook with { Body = Guids().Replace(webhook.Body, _ => Guid.NewGuid().ToString()) }, "made up", stopping);

                var status = Lever(webhook, LeverEffect.FailBefore) is not null ? 0 : await Attempt(webhook, options.Value.For(webhook.Vendor).Secret, stopping);
                if (Lever(webhook, LeverEffect.FailAfter) is not null)
                    status = 0;
                var wait = options.Value.Retry * Math.Pow(2, webhook.Answers.Count);
                webhook = webhook with { Answers = [.. webhook.Answers, status], IsDelivered = status is >= 200 and < 300, Next = time.GetUtcNow() + wait };
                ledger.Save(System, webhook.Id, webhook);
                Attempted?.Invoke(webhook);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The next start goes on with it.
        }
    }

    /// <summary>CDEK repeats only what was not answered at all.</summary>
    bool IsOpen(SandboxWebhook webhook) => !webhook.IsDelivered
        && (webhook.Vendor == "cdek" ? webhook.Answers.Count < CdekAttempts && webhook.Answers is not [.., not 0] : webhook.Answers.Count < options.Value.Attempts);

    /// <returns>The status of the answer; 0 if there was none.</returns>
    async Task<int> Attempt(SandboxWebhook webhook, string? secret, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Address)
        {
            Content = new StringContent(webhook.Body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
            Version = HttpVersion.Version11,
        };
        if (options.Value.For(webhook.Vendor).Secret is not null)
            request.Headers.Add("Stripe-Signature", WebhookSignature.Of(secret!, time.GetUtcNow(), webhook.Body));
        try
        {
            using var response = await _http.SendAsync(request, limit.Token);
            return (int)response.StatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException && !stopping.IsCancellationRequested)
        {
            return 0;
        }
    }

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Guids();

    Lever? Lever(SandboxWebhook webhook, LeverEffect effect) => levers.Take($"{webhook.Vendor}-webhooks", $"POST {webhook.Type}", webhook.Body, effect);
}

/// <summary>An event on its way.</summary>
/// <param name="Next">When it is tried next.</param>
sealed record SandboxWebhook(string Id, string Vendor, string Type, Uri Address, string Body, DateTimeOffset Next)
{
    /// <summary>Status of the answer to each attempt; 0 for none.</summary>
    public IReadOnlyList<int> Answers { get; init; } = [];

    public bool IsDelivered { get; init; }
}
