using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Oms;

/// <summary>Section <c>Oms:RetailCrm</c>.</summary>
sealed class RetailCrmOptions : ConnectorOptions
{
    public const string Section = "Oms:RetailCrm";

    // A repetition inside the connector would not wait for its turn and break the limit of requests: here only the bus repeats.
    public RetailCrmOptions() => Retries = 0;

    public string? ApiKey { get; set; }

    /// <summary>Code of the shop in the account; external ids are unique within it.</summary>
    public string? Site { get; set; }

    public int RequestsPerSecond { get; set; } = 10;

    /// <summary>Code of a payment type of the account.</summary>
    public string PaymentType { get; set; } = "bank-card";

    /// <summary>Code of an order method of the account.</summary>
    public string OrderMethod { get; set; } = "shopping-cart";

    /// <summary>Code of a delivery type of the account; empty leaves it to the people there.</summary>
    public string? DeliveryType { get; set; }

    protected override IEnumerable<(string Key, string? Value)> Required() =>
    [
        (nameof(ApiKey), ApiKey), (nameof(Site), Site), (nameof(PaymentType), PaymentType), (nameof(OrderMethod), OrderMethod),
    ];
}
