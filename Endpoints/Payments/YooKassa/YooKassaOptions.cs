using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Payments.YooKassa;

/// <summary>Section <c>Payments:YooKassa</c>.</summary>
sealed class YooKassaOptions : ConnectorOptions
{
    /// <summary>The shop's number in its YooKassa account.</summary>
    public string? ShopId { get; set; }

    /// <summary>The shop's secret key.</summary>
    public string? SecretKey { get; set; }

    protected override IEnumerable<(string Key, string? Value)> Required() => [(nameof(ShopId), ShopId), (nameof(SecretKey), SecretKey)];
}
