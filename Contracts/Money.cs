using System.Globalization;

namespace Dovetail.Contracts;

/// <summary>An amount in the major unit of a currency (roubles, not kopecks).</summary>
/// <param name="Amount">Rounded to the minor unit of the currency wherever a sum is charged or shown: see <see cref="Rounded"/>.</param>
/// <param name="Currency">ISO 4217 code, upper case.</param>
public sealed record Money(decimal Amount, string Currency)
{
    public static Money Zero(string currency) => new(0m, currency);

    public static Money operator +(Money left, Money right) => left with { Amount = left.Amount + Same(left, right).Amount };

    public static Money operator -(Money left, Money right) => left with { Amount = left.Amount - Same(left, right).Amount };

    public static Money operator *(Money price, int quantity) => price with { Amount = price.Amount * quantity };

    public static bool operator >(Money left, Money right) => left.Amount > Same(left, right).Amount;

    public static bool operator <(Money left, Money right) => left.Amount < Same(left, right).Amount;

    /// <summary>The same sum as it can really be charged: halves go away from zero, as in a shop.</summary>
    public Money Rounded() => this with { Amount = Math.Round(Amount, MinorDigits(Currency), MidpointRounding.AwayFromZero) };

    /// <summary>Amount and currency for people and logs, in the invariant culture: <c>4990.00 RUB</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Amount.ToString("F" + MinorDigits(Currency), CultureInfo.InvariantCulture)} {Currency}");

    /// <summary>Decimal places of the currency by ISO 4217.</summary>
    public static int MinorDigits(string currency) => currency switch
    {
        "BIF" or "CLP" or "DJF" or "GNF" or "ISK" or "JPY" or "KMF" or "KRW" or "PYG" or "RWF" or "UGX" or "VND" or "VUV" or "XAF" or "XOF" or "XPF" => 0,
        "BHD" or "IQD" or "JOD" or "KWD" or "LYD" or "OMR" or "TND" => 3,
        _ => 2,
    };

    static Money Same(Money left, Money right) => left.Currency == right.Currency
        ? right
        : throw new InvalidOperationException($"{left} and {right} are in different currencies: convert one of them before you calculate or compare.");
}
