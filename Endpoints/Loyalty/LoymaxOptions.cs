using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>Section <c>Loyalty:Loymax</c>.</summary>
sealed class LoymaxOptions : ConnectorOptions
{
    public const string Section = "Loyalty:Loymax";

    /// <summary>The shop as Loymax knows it.</summary>
    public string? ClientId { get; set; }

    public string? ClientSecret { get; set; }

    /// <summary>The address registered for authorization codes; nobody is ever sent there.</summary>
    public string? RedirectUri { get; set; }

    /// <summary>A back-office user who may search for purchases: only so can it be known how a lost answer ended.</summary>
    public string? UserName { get; set; }

    public string? Password { get; set; }

    /// <summary>Loymax's name for money that is no points; tenants differ.</summary>
    public string PayType { get; set; } = "Cashless";

    protected override IEnumerable<(string Key, string? Value)> Required() =>
    [
        (nameof(ClientId), ClientId), (nameof(ClientSecret), ClientSecret), (nameof(RedirectUri), RedirectUri),
        (nameof(UserName), UserName), (nameof(Password), Password), (nameof(PayType), PayType),
    ];
}
