using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>What the stand-ins have in their books, and the levers that make them fail.</summary>
sealed class StandIns(Uri address, bool paysWithStripe) : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    readonly HttpClient _client = new() { BaseAddress = address };

    public bool PaysWithStripe => paysWithStripe;

    public async Task<IReadOnlyList<JsonObject>> Ledger(string system, CancellationToken cancellation) =>
        [.. (await _client.GetFromJsonAsync<JsonArray>($"control/ledgers/{system}", cancellation))!.Select(document => document!.AsObject())];

    /// <summary>Somebody writes to the bot in Telegram.</summary>
    public async Task Says(long chat, string text, CancellationToken cancellation)
    {
        using var response = await _client.PostAsJsonAsync($"control/telegram/{chat}/says", new { text }, cancellation);
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
        using var response = await _client.PostAsJsonAsync("control/levers", lever, cancellation);
        response.EnsureSuccessStatusCode();
    }

    public async Task Release(string match, CancellationToken cancellation)
    {
        using var response = await _client.DeleteAsync(new Uri($"control/levers?match={match}", UriKind.Relative), cancellation);
        response.EnsureSuccessStatusCode();
    }

    public void Dispose() => _client.Dispose();
}
