using System.Net;
using System.Text.Json;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Endpoints.Hooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Payments.YooKassa;

/// <summary>YooKassa's notifications. They are not signed: their source address counts, and then the payment is read at YooKassa itself.</summary>
sealed class YooKassaHook(IOptions<YooKassaHookOptions> options) : IHook
{
    readonly IReadOnlyList<IPNetwork> _networks = [.. options.Value.Parsed().OfType<IPNetwork>()];

    public string Vendor => "yookassa";

    public string Endpoint => PaymentsEndpoint.Name;

    public HookVerdict Judge(HookRequest request)
    {
        if (!_networks.Any(network => network.Contains(request.Source)))
            return new HookVerdict.Refused(StatusCodes.Status403Forbidden, $"the address is none of {YooKassaHookOptions.Section}:{nameof(YooKassaHookOptions.Networks)}");
        if (Notification.Read(request.Body) is not { Type: "notification", Event: { } what, Object: { } about })
            return new HookVerdict.Refused(StatusCodes.Status400BadRequest, "the body is no notification");

        var paymentId = what.Split('.')[0] switch
        {
            "payment" => about.Id,
            "refund" => about.PaymentId,
            _ => null,
        };

        // A notification has no id of its own, and its repetitions are the same bytes.
        return paymentId is null ? new HookVerdict.NotNeeded() : new HookVerdict.Taken(EventId: null, new LookAtPayment(paymentId)) { Subject = paymentId };
    }

    sealed record Notification(string? Type, string? Event, Notification.Subject? Object)
    {
        static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

        public static Notification? Read(ReadOnlyMemory<byte> body)
        {
            try
            {
                return JsonSerializer.Deserialize<Notification>(body.Span, Json);
            }
            catch (JsonException)
            {
                return null;
            }
        }

        public sealed record Subject(string? Id, string? PaymentId);
    }
}

/// <summary>Section <c>Payments:YooKassa:Hooks</c>.</summary>
sealed record YooKassaHookOptions
{
    public const string Section = "Payments:YooKassa:Hooks";

    /// <summary>Where YooKassa sends from, separated by semicolons; what is here by default is YooKassa's published list.</summary>
    public string Networks { get; init; } = "185.71.76.0/27;185.71.77.0/27;77.75.153.0/25;77.75.154.128/25;77.75.156.11/32;77.75.156.35/32;2a02:5180::/32";

    /// <summary>Null for each that is no network.</summary>
    public IEnumerable<IPNetwork?> Parsed() => Networks.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(text => IPNetwork.TryParse(text, out var network) ? network : (IPNetwork?)null);
}
