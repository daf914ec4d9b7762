using System.Globalization;
using Dovetail.Contracts;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Payments.Stripe;

/// <summary>Money as Stripe counts it: whole numbers of the smallest unit, where not every currency follows ISO 4217.</summary>
static class StripeAmount
{
    public static string Of(Money money)
    {
        var units = money.Rounded().Amount * Factor(money.Currency);
        return units == decimal.Truncate(units) ? units.ToString("F0", CultureInfo.InvariantCulture) : throw new RejectedException(
            $"{money} can't be told to Stripe, which knows no smaller unit than 1 {money.Currency}. Nothing was sent. Round the amount to whole units where it is agreed with the customer.");
    }

    public static Money ToMoney(long units, string currency)
    {
        var code = currency.ToUpperInvariant();
        return new(units / Factor(code), code);
    }

    /// <summary>Stripe keeps two decimals for ISK and UGX, which have none, and none for MGA, which has a fifth.</summary>
    static decimal Factor(string currency) => currency switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "JPY" or "KMF" or "KRW" or "MGA" or "PYG" or "RWF" or "VND" or "VUV" or "XAF" or "XOF" or "XPF" => 1m,
        "BHD" or "JOD" or "KWD" or "OMR" or "TND" => 1000m,
        _ => 100m,
    };
}
