using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Pricing.Messages;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Pricing;

/// <summary>Mindbox's lines as the order's lines, to the kopeck.</summary>
static class MindboxPrices
{
    public static OrderPriceCalculated Of(PriceOrder command, MindboxOrderAnswer answer)
    {
        // Mindbox splits a line when a discount holds for some of its pieces only: the parts carry the same line id.
        var answered = (answer.Lines ?? []).ToLookup(line => line.LineId);
        foreach (var line in command.Lines)
        {
            var pieces = answered[line.LineId].Sum(part => part.Quantity);
            if (pieces != line.Quantity)
                throw Contradiction(command, $"it prices {pieces} pieces of line {line.LineId}, which has {line.Quantity}");
        }

        var currency = command.Lines[0].UnitPrice!.Currency;
        var exact = command.Lines.Select(line => answered[line.LineId].Sum(part => part.DiscountedPriceOfLine)).ToList();
        var total = new Money(answer.TotalPrice, currency).Rounded();
        var sums = Apportion(exact, total) ?? throw Contradiction(command, $"its lines sum up to {exact.Sum()}, its total is {answer.TotalPrice}");
        return new(command.OrderId, [.. command.Lines.Zip(sums, Priced)], total);
    }

    /// <summary>Rounds each sum to what can be charged so that together they are the total exactly: who lost most by rounding down gets a unit first.</summary>
    /// <returns>Null when more is missing than rounding explains.</returns>
    internal static IReadOnlyList<Money>? Apportion(IReadOnlyList<decimal> exact, Money total)
    {
        var digits = Money.MinorDigits(total.Currency);
        var unit = new decimal(1, 0, 0, false, (byte)digits);
        var sums = exact.Select(sum => Math.Round(sum, digits, MidpointRounding.ToNegativeInfinity)).ToArray();
        var missing = (int)Math.Clamp((total.Amount - sums.Sum()) / unit, int.MinValue, int.MaxValue);
        if (Math.Abs((long)missing) > sums.Length)
            return null;

        var neediest = Enumerable.Range(0, sums.Length).OrderByDescending(index => (exact[index] - sums[index]) * Math.Sign(missing));
        foreach (var index in neediest.Take(Math.Abs(missing)).ToList())
            sums[index] += unit * Math.Sign(missing);
        return [.. sums.Select(sum => new Money(sum, total.Currency))];
    }

    static PricedLine Priced(OrderLine line, Money sum) =>
        new(line.LineId, line.Sku, line.Name, line.Quantity, line.UnitPrice!, line.UnitPrice! * line.Quantity - sum, sum);

    static RejectedException Contradiction(PriceOrder command, string what) => new(
        $"Mindbox's price of order {command.OrderId} contradicts itself: {what}. Charging either would be wrong, and asking again gives the same answer. " +
        "Compare the operation's set-up at Mindbox with the order's lines, then retry the message.");
}
