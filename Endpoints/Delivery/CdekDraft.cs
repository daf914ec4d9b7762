using Dovetail.Contracts;
using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Orders;

namespace Dovetail.Endpoints.Delivery;

/// <summary>A shipment in CDEK's words. Everything is paid for: the courier takes no money.</summary>
static class CdekDraft
{
    const int EShop = 1;

    public static object Of(BookShipment command, CdekOptions options) => new
    {
        Type = EShop,
        Number = command.OrderId,
        TariffCode = command.Destination.PickupPoint is null ? options.DoorTariff : options.PickupTariff,
        ShipmentPoint = Text(options.ShipmentPoint),
        FromLocation = Text(options.FromCity) is { } city ? new { City = city, Address = options.FromAddress } : null,
        DeliveryPoint = command.Destination.PickupPoint,
        ToLocation = command.Destination is { PickupPoint: null } to ? new { to.CountryCode, to.City, to.PostalCode, to.Address } : null,
        Sender = new { Company = options.SenderCompany, Name = options.SenderName, Phones = Phones(options.SenderPhone!) },
        Recipient = new { command.Recipient.Name, command.Recipient.Email, Phones = Phones(command.Recipient.Phone) },
        DeliveryRecipientCost = new { Value = 0 },
        Packages = new[]
        {
            new
            {
                Number = $"{command.OrderId}-1",
                Weight = command.Lines.Sum(line => line.Quantity) * options.PieceGrams,
                Length = options.LengthCm,
                Width = options.WidthCm,
                Height = options.HeightCm,
                Items = command.Lines.Select(line => Item(line, options)),
            },
        },
    };

    static object Item(PricedLine line, CdekOptions options) => new
    {
        line.Name,
        WareKey = line.Sku,
        Payment = new { Value = 0 },
        Cost = Math.Round(line.Total.Amount / line.Quantity, Money.MinorDigits(line.Total.Currency), MidpointRounding.AwayFromZero),
        Weight = options.PieceGrams,
        Amount = line.Quantity,
    };

    static object[] Phones(string number) => [new { Number = number }];

    static string? Text(string? setting) => string.IsNullOrWhiteSpace(setting) ? null : setting;
}
