using System.Globalization;
using Dovetail.Contracts;

namespace Dovetail.Endpoints.Notifications.Words;

/// <summary>Sums of money as people of a language write them.</summary>
static class Amounts
{
    const char NoBreak = '\u00A0';

    static readonly NumberFormatInfo RussianNumbers = new() { NumberGroupSeparator = NoBreak.ToString(), NumberDecimalSeparator = "," };

    public static string InEnglish(string money) => Read(money) is { } sum ? $"{Number(sum, NumberFormatInfo.InvariantInfo)}{NoBreak}{sum.Currency}" : money;

    public static string InRussian(string money) => Read(money) is { } sum
        ? $"{Number(sum, RussianNumbers)}{NoBreak}{(sum.Currency == "RUB" ? "₽" : sum.Currency)}"
        : money;

    static string Number(Money sum, NumberFormatInfo format) => sum.Rounded().Amount.ToString($"N{Money.MinorDigits(sum.Currency)}", format);

    /// <summary>As <see cref="Money.ToString"/> writes it; null for anything else, which is left as it is.</summary>
    static Money? Read(string money) =>
        money.Trim().Split(' ') is [var amount, { Length: 3 } currency] && decimal.TryParse(amount, NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            ? new(number, currency)
            : null;
}
