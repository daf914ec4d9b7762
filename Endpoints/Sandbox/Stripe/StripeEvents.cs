using System.Text.Json;
using Dovetail.Endpoints.Sandbox.Webhooks;

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>What happened, as Stripe tells it to whoever asks.</summary>
sealed class StripeEvents(SandboxLedger ledger, WebhookPost post, TimeProvider time)
{
    public const string System = "stripe-events";

    /// <param name="about">The payment intent, charge or refund as it is now.</param>
    /// <param name="key">Idempotency key of the request that did it; null where time did it.</param>
    public void Add(string type, object about, string? key)
    {
        var id = $"evt_{Guid.NewGuid():N}";
        var happened = JsonSerializer.SerializeToElement(
            new
            {
                Id = id,
                Object = "event",
                ApiVersion = StripeWire.Version,
                Created = time.GetUtcNow().ToUnixTimeSeconds(),
                Type = type,
                Data = new { Object = about },
                Livemode = false,
                PendingWebhooks = post.IsWanted(StripeBook.System) ? 1 : 0,
                Request = new { Id = (string?)null, IdempotencyKey = key },
            },
            StripeWire.Json);
        ledger.Save(System, id, happened);
        post.Send(StripeBook.System, type, id, happened.GetRawText());
    }

    /// <summary>Newest first.</summary>
    public IEnumerable<JsonElement> All() => ledger.Documents(System).Reverse().Select(document => JsonSerializer.Deserialize<JsonElement>(document.Body));
}
