using Dovetail.Contracts;
using Dovetail.Contracts.Payments;

namespace Dovetail.Endpoints.Payments.YooKassa;

/// <summary>A fiscal receipt as YooKassa takes it. Its items add up to the amount that it goes along with, to the kopeck.</summary>
sealed record YooKassaReceipt(YooKassaPerson Customer, IReadOnlyList<YooKassaItem> Items, int? TaxSystemCode)
{
    // YooKassa takes 80 in any case.
    const int MostItems = 80;
    const int LongestDescription = 128;

    /// <returns>Null where no receipt is to be sent.</returns>
    public static YooKassaReceipt? Of(Receipt? receipt, Money amount, YooKassaReceiptOptions options) => receipt is null || !options.Send ? null : new(
        new(receipt.Email, receipt.Phone is { } phone ? string.Concat(phone.Where(char.IsAsciiDigit)) : null),
        [.. Folded([.. Shares(receipt.Lines, amount.Rounded()).SelectMany(Pieces)]).Select(piece => new YooKassaItem(
            Short(piece.Name), piece.Quantity, YooKassaAmount.Of(piece.Each), options.Vat!.Value, options.Mode, options.Subject))],
        options.TaxSystem);

    /// <summary>
    /// Spreads the amount over the lines by their totals. Each line and all before it have together their exact share, rounded; so no line is off by a kopeck
    /// or more, none is below zero, and the last takes the rest.
    /// </summary>
    internal static IEnumerable<ReceiptLine> Shares(IReadOnlyList<ReceiptLine> lines, Money amount)
    {
        var all = lines.Sum(line => line.Total.Amount);
        var (upToHere, given) = (0m, Money.Zero(amount.Currency));
        foreach (var (index, line) in lines.Index())
        {
            upToHere += line.Total.Amount;
            var upTo = index == lines.Count - 1 ? amount : all == 0 ? given : (amount with { Amount = amount.Amount * upToHere / all }).Rounded();
            if (upTo > given) yield return line with { Total = upTo - given };
            given = upTo;
        }
    }

    /// <summary>A receipt names the price of one piece. Where a line does not divide evenly some of its pieces cost one kopeck more than the others.</summary>
    internal static IEnumerable<(string Name, int Quantity, Money Each)> Pieces(ReceiptLine line)
    {
        var kopeck = new decimal(1, 0, 0, isNegative: false, (byte)Money.MinorDigits(line.Total.Currency));
        var each = Math.Floor(line.Total.Amount / kopeck / line.Quantity) * kopeck;
        var dearer = (int)((line.Total.Amount - each * line.Quantity) / kopeck);
        if (each > 0) yield return (line.Name, line.Quantity - dearer, line.Total with { Amount = each });
        if (dearer > 0) yield return (line.Name, dearer, line.Total with { Amount = each + kopeck });
    }

    static IEnumerable<(string Name, int Quantity, Money Each)> Folded(IReadOnlyList<(string Name, int Quantity, Money Each)> pieces)
    {
        if (pieces.Count <= MostItems) return pieces;
        var rest = pieces.Skip(MostItems - 1).ToList();
        return [.. pieces.Take(MostItems - 1), ($"{rest[0].Name} and {rest.Count - 1} more", 1, rest.Select(piece => piece.Each * piece.Quantity).Aggregate((sum, next) => sum + next))];
    }

    static string Short(string text) => text.Length > LongestDescription ? text[..LongestDescription] : text;
}

/// <summary>Whom the receipt is sent to.</summary>
/// <param name="Phone">Digits alone.</param>
sealed record YooKassaPerson(string? Email, string? Phone);

/// <param name="Amount">Of one piece.</param>
sealed record YooKassaItem(string Description, int Quantity, YooKassaAmount Amount, int VatCode, string PaymentMode, string PaymentSubject);
