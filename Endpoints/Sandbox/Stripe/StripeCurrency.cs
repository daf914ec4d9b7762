namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>How Stripe counts a currency.</summary>
static class StripeCurrency
{
    static readonly string[] Whole = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
    static readonly string[] Thousandths = ["bhd", "jod", "kwd", "omr", "tnd"];

    const long Most = 99_999_999;

    public static decimal Major(long units, string currency) => units / (Whole.Contains(currency) ? 1m : Thousandths.Contains(currency) ? 1000m : 100m);

    public static string Read(string currency) => currency.ToLowerInvariant() is { Length: 3 } code && code.All(char.IsAsciiLetterLower) ? code
        : throw new StripeRefusal($"Invalid currency: {currency}.") { Param = "currency" };

    public static long Read(long amount, string currency, string parameter) => amount switch
    {
        < 1 => throw new StripeRefusal("This value must be greater than or equal to 1.") { Code = "parameter_invalid_integer", Param = parameter },
        > Most => throw new StripeRefusal("Amount must be no more than 99999999") { Code = "amount_too_large", Param = parameter },

        // Banks settle these in hundredths: the last of the three decimals must be zero.
        _ when Thousandths.Contains(currency) && amount % 10 != 0 =>
            throw new StripeRefusal($"Amounts in {currency} must end with 0.") { Code = "parameter_invalid_integer", Param = parameter },

        // Kept with two decimals although they have none.
        _ when currency is "isk" or "ugx" && amount % 100 != 0 =>
            throw new StripeRefusal($"Amounts in {currency} must be divisible by 100.") { Code = "parameter_invalid_integer", Param = parameter },
        _ => amount,
    };
}
