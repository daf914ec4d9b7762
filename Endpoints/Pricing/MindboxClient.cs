using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Pricing;

/// <summary>Mindbox v3: the calculation of an order's price.</summary>
sealed class MindboxClient(HttpClient http, IOptions<MindboxOptions> options)
{
    readonly MindboxOptions _options = options.Value;

    public Task<MindboxAnswer> Calculate(PriceOrder command, CancellationToken cancellation) => Post($"order {command.OrderId}", new
    {
        customer = new { ids = new Dictionary<string, string> { [_options.CustomerIds] = command.CustomerId } },
        order = new
        {
            ids = new Dictionary<string, string> { [_options.OrderIds] = command.OrderId },
            lines = command.Lines.Select((line, index) => new
            {
                lineId = line.LineId,
                lineNumber = index + 1,
                product = new { ids = new Dictionary<string, string> { [_options.ProductIds] = line.Sku } },
                quantity = line.Quantity,
                quantityType = "int",
                basePricePerItem = (line.UnitPrice ?? throw new RejectedException(
                    $"Line {line.LineId} of order {command.OrderId} has no price: a line made to order is priced by the MES before PriceOrder is sent.")).Amount,
            }),
        },
    }, cancellation);

    /// <summary>A calculation without a customer and lines: Mindbox says that it is not valid, and so that it is there and knows us.</summary>
    public Task<MindboxAnswer> Greet(CancellationToken cancellation) => Post("a health check", new { order = new { } }, cancellation);

    async Task<MindboxAnswer> Post(string what, object body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"operations/sync?endpointId={Uri.EscapeDataString(_options.EndpointId!)}&operation={Uri.EscapeDataString(_options.Operation!)}")
        {
            Content = JsonContent.Create(body),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("SecretKey", _options.SecretKey);
        request.Headers.Accept.Add(new("application/json"));

        // A calculation stores nothing.
        Resilience.MarkRepeatable(request);

        using var response = await http.SendAsync(request, cancellation);
        if (response.IsSuccessStatusCode)
        {
            return await response.Content.ReadFromJsonAsync<MindboxAnswer>(cancellation)
                ?? throw new HttpRequestException($"Mindbox answered {what} with nothing. Nothing was changed; the message is tried again.");
        }

        var fault = await Fault(response, cancellation);
        throw response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError
            ? new HttpRequestException(
                $"Mindbox could not calculate {what}: {(int)response.StatusCode} {fault}. Nothing was changed; the message is tried again.",
                null, response.StatusCode)
            : new RejectedException(
                $"Mindbox does not take the request for {what}: {(int)response.StatusCode} {fault}. " +
                "Check Pricing:Mindbox (BaseAddress, EndpointId, SecretKey, Operation) against the project's set-up at Mindbox, then retry the message.");
    }

    // 404, 502 and 504 come from in front of Mindbox and carry no JSON.
    static async Task<string> Fault(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var fault = await response.Content.ReadFromJsonAsync<MindboxFault>(cancellation);
            return $"{fault?.Status} \"{fault?.ErrorMessage}\" (error id {fault?.ErrorId})";
        }
        catch (JsonException)
        {
            return "without an explanation";
        }
    }
}

/// <summary>Section <c>Pricing:Mindbox</c>.</summary>
sealed class MindboxOptions : ConnectorOptions
{
    /// <summary>The integration point; each has a key of its own.</summary>
    public string? EndpointId { get; set; }

    public string? SecretKey { get; set; }

    /// <summary>Name of the price calculation in this Mindbox project.</summary>
    public string? Operation { get; set; }

    /// <summary>Under which name the project keeps our customers' ids, and so on below.</summary>
    public string CustomerIds { get; set; } = "externalId";

    public string OrderIds { get; set; } = "externalSystemId";

    public string ProductIds { get; set; } = "website";

    protected override IEnumerable<(string Key, string? Value)> Required() =>
        [(nameof(EndpointId), EndpointId), (nameof(SecretKey), SecretKey), (nameof(Operation), Operation)];
}

sealed record MindboxAnswer(string? Status, MindboxCustomerAnswer? Customer, MindboxOrderAnswer? Order, IReadOnlyList<MindboxInvalid>? ValidationMessages);

sealed record MindboxCustomerAnswer(string? ProcessingStatus);

sealed record MindboxOrderAnswer(string? ProcessingStatus, decimal TotalPrice, IReadOnlyList<MindboxLineAnswer>? Lines);

sealed record MindboxLineAnswer(string? LineId, decimal Quantity, decimal DiscountedPriceOfLine);

sealed record MindboxInvalid(string? Message, string? Location);

sealed record MindboxFault(string? Status, string? ErrorMessage, string? ErrorId);

sealed class MindboxHealth(MindboxClient mindbox) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await mindbox.Greet(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
