using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Telegram;

/// <summary>Posts updates to the webhook that the bot's owner set, one after another, again and again until each is taken.</summary>
/// <remarks>
/// The pause after a failure doubles up to a minute, and a Retry-After is honoured. Levers of the system <c>telegram-webhooks</c> lose an attempt
/// (<c>fail-before</c>) or its answer, so that the update comes twice (<c>fail-after</c>).
/// </remarks>
sealed class TelegramPost(TelegramBook book, SandboxLedger ledger, Levers levers, TimeProvider time, IOptions<TelegramSandboxOptions> options) : BackgroundService
{
    const string System = "telegram-webhooks";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    readonly SemaphoreSlim _work = new(1);

    /// <summary>There may be something to post, or somebody to post it to.</summary>
    public void Wake()
    {
        if (_work.CurrentCount == 0)
            _work.Release();
    }

    public override void Dispose()
    {
        _http.Dispose();
        _work.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await _work.WaitAsync(stoppingToken);
                await PostAll(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start goes on with what is not taken.
        }
    }

    async Task PostAll(CancellationToken stopping)
    {
        var pause = options.Value.Retry;
        while (book.Hook is { } hook && Next(hook) is { } update)
        {
            var (taken, fault, wait) = await Attempt(hook, update, stopping);
            if (taken)
            {
                book.Take(waiting => waiting.Id == update.Id);
                pause = options.Value.Retry;
                continue;
            }

            book.SetHook(hook with { LastErrorAt = time.GetUtcNow(), LastError = fault });
            await Task.Delay(wait ?? pause, time, stopping);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    SandboxUpdate? Next(SandboxHook hook) =>
        hook.Allowed is { Count: > 0 } allowed && !allowed.Contains("message") || book.Waiting().Updates is not [var first, ..] ? null : first;

    async Task<(bool Taken, string? Fault, TimeSpan? Wait)> Attempt(SandboxHook hook, SandboxUpdate update, CancellationToken stopping)
    {
        var body = update.Body.ToJsonString();
        await ledger.Flushed();
        if (levers.Take(System, "POST message", body, LeverEffect.FailBefore) is not null)
            return (false, "Connection timed out", null);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Post, hook.Url)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"), Version = HttpVersion.Version11,
        };
        if (hook.Secret is { } secret)
            request.Headers.Add("X-Telegram-Bot-Api-Secret-Token", secret);
        try
        {
            using var response = await _http.SendAsync(request, limit.Token);
            if (levers.Take(System, "POST message", body, LeverEffect.FailAfter) is not null)
                return (false, "Read timeout expired", null);
            var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
            return (response.IsSuccessStatusCode, $"Wrong response from the webhook: {status} {response.ReasonPhrase}", response.Headers.RetryAfter?.Delta);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException && !stopping.IsCancellationRequested)
        {
            return (false, failure is HttpRequestException ? "Connection refused" : "Read timeout expired", null);
        }
    }
}

/// <summary>Section <c>Sandbox:Telegram</c>.</summary>
sealed class TelegramSandboxOptions
{
    public const string Section = SandboxOptions.Section + ":Telegram";

    /// <summary>Pause after the first attempt to deliver an update that was not taken.</summary>
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(1);
}
