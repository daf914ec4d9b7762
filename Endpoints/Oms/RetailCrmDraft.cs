using Dovetail.Contracts;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Orders;

namespace Dovetail.Endpoints.Oms;

/// <summary>An order in RetailCRM's words.</summary>
static class RetailCrmDraft
{
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
            Status = "send-to-assembling",
            Items = command.Lines.Select(Item),
            DiscountManualAmount = OrderDiscount(command),
            Payments = new[]
            {
                // The money is held and not taken: the payment is not "paid" before the goods leave.
                new { ExternalId = command.OperationId, Type = options.PaymentType, Status = "wait-approved", command.Total.Amount },
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
    internal static decimal OrderDiscount(RegisterOrder command) =>
        Math.Max(0, command.Lines.Sum(line => (line.UnitPrice.Amount - PieceDiscount(line)) * line.Quantity) - command.Total.Amount);
}
