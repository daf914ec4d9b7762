using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dovetail.Endpoints.Sandbox.Mindbox;

/// <summary>Mindbox, the calculation of an order's price.</summary>
/// <remarks>
/// Customers VIP-* get 10 % off; nobody else gets anything. BLOCKED-* have a blocked discount card, UNKNOWN-* are not known.
/// A line whose discounted sum does not divide evenly by its pieces comes back split: the last piece takes the rest.
/// </remarks>
sealed class MindboxSandbox(Levers levers)
{
    public const string Name = "mindbox";
    public const string EndpointId = "sandbox.shop";
    public const string SecretKey = "sandbox-mindbox-key";
    public const string Operation = "Sandbox.CalculateOrder";

    public void Map(RouteGroupBuilder mindbox)
    {
        mindbox.WithMetadata(new VendorFault(Error("InternalServerError", 500, "Internal server error")));
        mindbox.MapPost("/operations/sync", Calculate);
    }

    async Task<IResult> Calculate(HttpContext http, string? endpointId, string? operation)
    {
        var authorization = http.Request.Headers.Authorization.ToString();
        if (authorization != $"SecretKey {SecretKey}" && authorization != $"Mindbox secretKey=\"{SecretKey}\"")
            return ProtocolError(401, "The secret key is missing or wrong.");
        if (endpointId != EndpointId)
            return ProtocolError(403, $"The key does not belong to the integration point '{endpointId}'.");
        if (operation != Operation)
            return ProtocolError(400, $"There is no operation '{operation}'.");

        MindboxCalculation? calculation;
        try
        {
            calculation = await http.Request.ReadFromJsonAsync<MindboxCalculation>(http.RequestAborted);
        }
        catch (JsonException malformed)
        {
            return ProtocolError(400, malformed.Message);
        }

        if (levers.Refusal(Name, http, "The order can't be calculated") is { } reason)
            return Invalid([(reason, "/order")]);
        return Faults(calculation).ToList() is { Count: > 0 } faults ? Invalid(faults) : Results.Json(Answer(calculation!));
    }

    static IEnumerable<(string Message, string Location)> Faults(MindboxCalculation? calculation)
    {
        if (calculation?.Customer?.Ids is not { Count: > 0 })
            yield return ("A customer must be identified", "/customer/ids");
        if (calculation?.Order?.Lines is not { Count: > 0 } lines)
        {
            yield return ("An order needs at least one line", "/order/lines");
            yield break;
        }

        foreach (var (index, line) in lines.Index())
        {
            if (line.Product?.Ids is not { Count: > 0 })
                yield return ("A product must be identified", $"/order/lines/{index}/product/ids");
            if (line.Quantity <= 0 || line.Quantity != Math.Round(line.Quantity, 3))
                yield return ("The quantity must be above zero, with three decimals at most", $"/order/lines/{index}/quantity");
            if (line.BasePricePerItem < 0 || line.BasePricePerItem != Math.Round(line.BasePricePerItem, 2))
                yield return ("The price must not be negative and has two decimals at most", $"/order/lines/{index}/basePricePerItem");
        }
    }

    static object Answer(MindboxCalculation calculation)
    {
        var customer = calculation.Customer!.Ids!.Values.First();
        var discount = customer.StartsWith("VIP-", StringComparison.Ordinal) ? 0.10m : 0m;
        var lines = calculation.Order!.Lines!.SelectMany(line => Split(line, discount)).ToList();
        return new
        {
            Status = "Success",
            Customer = new
            {
                ProcessingStatus = customer switch
                {
                    _ when customer.StartsWith("BLOCKED-", StringComparison.Ordinal) => "DiscountCardIsBlocked",
                    _ when customer.StartsWith("UNKNOWN-", StringComparison.Ordinal) => "NotFound",
                    _ => "Found",
                },
            },
            Order = new
            {
                ProcessingStatus = "Calculated",
                TotalPrice = lines.Sum(line => line.Sum),
                Lines = lines.Select((line, index) => new
                {
                    line.Of.LineId,
                    LineNumber = index + 1,
                    line.Quantity,
                    line.Of.BasePricePerItem,
                    DiscountedPriceOfLine = line.Sum,
                    AppliedPromotions = Promotions(line.Quantity * line.Of.BasePricePerItem - line.Sum),
                }),
            },
        };
    }

    static IEnumerable<(MindboxLine Of, decimal Quantity, decimal Sum)> Split(MindboxLine line, decimal discount)
    {
        var sum = Math.Round(line.Quantity * line.BasePricePerItem * (1 - discount), 2, MidpointRounding.AwayFromZero);
        var piece = Math.Round(sum / line.Quantity, 2, MidpointRounding.ToZero);
        if (line.Quantity <= 1 || piece * line.Quantity == sum)
            return [(line, line.Quantity, sum)];

        var others = piece * (line.Quantity - 1);
        return [(line, line.Quantity - 1, others), (line, 1, sum - others)];
    }

    static object[] Promotions(decimal amount) => amount == 0
        ? []
        : [new { Type = "discount", Promotion = new { Ids = new { ExternalId = "vip" }, Name = "VIP customers", Type = "mindbox" }, Amount = amount }];

    static IResult Invalid(IEnumerable<(string Message, string Location)> faults) => Results.Json(new
    {
        Status = "ValidationError", ValidationMessages = faults.Select(fault => new { fault.Message, fault.Location }),
    });

    static IResult ProtocolError(int status, string message) => Results.Json(Error("ProtocolError", status, message), statusCode: status);

    static object Error(string status, int code, string message) =>
        new { Status = status, ErrorMessage = message, ErrorId = Guid.NewGuid(), HttpStatusCode = code };
}
