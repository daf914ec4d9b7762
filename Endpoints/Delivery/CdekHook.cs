using System.Text.Json;
using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Delivery;

/// <summary>CDEK's news of shipments. They are not signed: the address they come to is a secret, and then the shipment is read at CDEK itself.</summary>
sealed class CdekHook(IOptions<CdekHookOptions> options) : IHook
{
    public const string Place = "cdek";

    public string Vendor => Place;

    public string Endpoint => DeliveryEndpoint.Name;

    public HookVerdict Judge(HookRequest request)
    {
        if (!HookRequest.IsSecret(request.Rest, options.Value.Secret))
            return new HookVerdict.Refused(StatusCodes.Status404NotFound, $"the address does not end with {CdekHookOptions.Section}:{nameof(CdekHookOptions.Secret)}");

        // CDEK ends a subscription over any answer but 200, so what is well-meant is never refused.
        return News.Read(request.Body) switch
        {
            null => new HookVerdict.Refused(StatusCodes.Status400BadRequest, "the body is none of CDEK's news"),
            { Type: "ORDER_STATUS", Uuid: { } shipment, Attributes.Number: { } order } => new HookVerdict.Taken(EventId: null, new LookAtShipment(order, shipment, request.At)) { Subject = $"{order}/{shipment}" },
            _ => new HookVerdict.NotNeeded(),
        };
    }

    sealed record News(string? Type, string? Uuid, News.Details? Attributes)
    {
        public static News? Read(ReadOnlyMemory<byte> body)
        {
            try
            {
                return JsonSerializer.Deserialize<News>(body.Span, CdekClient.Json);
            }
            catch (JsonException)
            {
                return null;
            }
        }

        public sealed record Details(string? Number);
    }
}

/// <summary>Section <c>Delivery:Cdek:Hooks</c>.</summary>
sealed record CdekHookOptions
{
    public const string Section = $"{CdekOptions.Section}:Hooks";
    const int ShortestSecret = 16;

    /// <summary>The end of the address to which CDEK tells its news; without it nothing is subscribed to.</summary>
    public string Secret { get; init; } = "";

    /// <summary>How often it is seen to that CDEK still has the subscription, which it ends after a failure.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(10);

    /// <returns>Whether CDEK is to be subscribed to at all.</returns>
    public static bool Add(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<CdekHookOptions>(configuration, Section);
        services.AddOptions<CdekHookOptions>()
            .Validate(
                options => options.Secret is "" || options.Secret.Length >= ShortestSecret && options.Secret.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'),
                $"{Section}:{nameof(Secret)} must be {ShortestSecret} or more random letters, digits, '-' and '_': it stands in an address.")
            .Validate(options => options.Interval > TimeSpan.Zero, $"{Section}:{nameof(Interval)} must be more than zero, such as 00:10:00.");
        return !string.IsNullOrEmpty(configuration[$"{Section}:{nameof(Secret)}"]);
    }
}
