using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Endpoints.Hooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Payments.Stripe;

/// <summary>Stripe's events, signed with a secret of the webhook endpoint over time and body.</summary>
sealed class StripeHook(IOptions<StripeHookOptions> options) : IHook
{
    const string Header = "Stripe-Signature";

    public string Vendor => "stripe";

    public string Endpoint => PaymentsEndpoint.Name;

    public HookVerdict Judge(HookRequest request)
    {
        if (!IsSigned(request))
            return new HookVerdict.Refused(StatusCodes.Status400BadRequest, $"{Header} is missing, too old, or made with none of {StripeHookOptions.Section}:{nameof(StripeHookOptions.Secrets)}");

        try
        {
            using var json = JsonDocument.Parse(request.Body);
            var sent = json.RootElement;
            return PaymentOf(sent.GetProperty("data").GetProperty("object")) is { } paymentId
                ? new HookVerdict.Taken(sent.GetProperty("id").GetString(), new LookAtPayment(paymentId)) { Subject = paymentId }
                : new HookVerdict.NotNeeded();
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new HookVerdict.Refused(StatusCodes.Status400BadRequest, "the body is no event");
        }
    }

    bool IsSigned(HookRequest request)
    {
        var parts = request.Headers[Header].ToString().Split(',').Select(part => part.Trim().Split('=', 2)).Where(part => part.Length == 2).ToLookup(part => part[0], part => part[1]);
        if (!long.TryParse(parts["t"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(request.At.ToUnixTimeSeconds() - seconds) > options.Value.Tolerance.TotalSeconds)
            return false;

        // While a secret is being replaced Stripe signs with the old and the new one, and we may know either.
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{seconds}."), .. request.Body.Span];
        return options.Value.All.Any(secret =>
        {
            var right = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed)));
            return parts["v1"].Any(given => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), right));
        });
    }

    static string? PaymentOf(JsonElement about) => about.GetProperty("object").GetString() switch
    {
        "payment_intent" => about.GetProperty("id").GetString(),

        // Either may belong to an old-style charge without an intent, which is none of ours.
        "charge" or "refund" when about.TryGetProperty("payment_intent", out var intent) && intent.ValueKind == JsonValueKind.String => intent.GetString(),
        _ => null,
    };
}

/// <summary>Section <c>Payments:Stripe:Hooks</c>.</summary>
sealed record StripeHookOptions
{
    public const string Section = "Payments:Stripe:Hooks";

    /// <summary>The signing secrets (<c>whsec_…</c>), separated by semicolons: two while one is being replaced.</summary>
    public string Secrets { get; init; } = "";

    /// <summary>How old a signature may be, so that nobody can send again what he once overheard.</summary>
    public TimeSpan Tolerance { get; init; } = TimeSpan.FromMinutes(5);

    public IEnumerable<string> All => Secrets.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
