using Dovetail.Contracts;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Orders;

namespace Dovetail.Endpoints.Oms;

/// <summary>An order in RetailCRM's words.</summary>
static class RetailCrmDraft
{
    const string ToBePicked = "send-to-assembling";

    public static object Of(RegisterOrder command, RetailCrmOptions options)
    {
        var name = command.Customer.Name.Split(' ', 2, StringSplitOptions.TrimEntries);
        return new
        {
            ExternalId = command.OrderId,
            FirstName = name[0],
            LastName = name.ElementAtOrDefault(1),
            command.Customer.Email,
            command.Customer.Phone,
            options.OrderMethod,
            CountryIso = command.Destination.CountryCode,
            command.Total.Currency,
            Status = ToBePicked,
            Items = command.Lines.Select(Item),
            DiscountManualAmount = OrderDiscount(command.Lines, command.Total),
            Payments = new[]
            {
                new { ExternalId = command.OperationId, Type = options.PaymentType, Status = OmsPayment.Held, command.Total.Amount },
            },
            Delivery = new
            {
                Code = options.DeliveryType,
                Address = new
                {
                    Index = command.Destination.PostalCode,
                    CountryIso = command.Destination.CountryCode,
                    command.Destination.City,
                    Text = command.Destination.PickupPoint is { } point ? $"Pick-up point {point}" : command.Destination.Address,
                },
            },
        };
    }

    /// <summary>The order with other lines, to be picked anew. Every item is named, since what becomes of one that is not is RetailCRM's to decide.</summary>
    public static object Of(AmendOrder command, OmsOrder order)
    {
        var items = order.Items.ToLookup(item => item.LineId);
        var kept = command.Lines.Where(line => items.Contains(line.LineId)).ToDictionary(line => items[line.LineId].First().Id);
        return new
        {
            Status = ToBePicked,
            Items = order.Items.Select(item => kept.TryGetValue(item.Id, out var line) ? Kept(item, line) : item.LineId is { } former ? Former(item, former) : new { item.Id })
                .Concat(command.Lines.Where(line => !items.Contains(line.LineId)).Select(Item)),
            DiscountManualAmount = OrderDiscount(command.Lines, command.Total),
        };
    }

    /// <summary>Prices may have changed with the lines beside it. What was found missing once is looked for again.</summary>
    static object Kept(OmsItem item, PricedLine line) => new
    {
        item.Id,
        Status = item.Status == OmsItem.OutOfStock ? OmsItem.New : null,
        line.Quantity,
        InitialPrice = line.UnitPrice.Amount,
        DiscountManualAmount = PieceDiscount(line),
    };

    static object Former(OmsItem item, string lineId) => new
    {
        item.Id,
        IsCanceled = true,
        ExternalIds = new[] { new OmsExternalId(OmsItem.FormerLineCode, lineId) },
    };

    static object Item(PricedLine line) => new
    {
        ExternalIds = new[] { new OmsExternalId(OmsItem.LineIdCode, line.LineId) },
        Offer = new { ExternalId = line.Sku, line.Name },
        ProductName = line.Name,
        line.Quantity,
        InitialPrice = line.UnitPrice.Amount,
        DiscountManualAmount = PieceDiscount(line),
    };

    /// <summary>RetailCRM takes off so much from each piece; what does not divide evenly goes into the discount of the order.</summary>
    internal static decimal PieceDiscount(PricedLine line) =>
        Math.Round(line.Discount.Amount / line.Quantity, Money.MinorDigits(line.Discount.Currency), MidpointRounding.ToZero);

    /// <summary>What brings the sum of the lines down to what the customer really pays: rests of a division, loyalty points.</summary>
    internal static decimal OrderDiscount(IReadOnlyList<PricedLine> lines, Money total) =>
        Math.Max(0, lines.Sum(line => (line.UnitPrice.Amount - PieceDiscount(line)) * line.Quantity) - total.Amount);
}
