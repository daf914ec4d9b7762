using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Delivery;

/// <summary>Section <c>Delivery:Cdek</c>.</summary>
sealed class CdekOptions : ConnectorOptions
{
    public const string Section = "Delivery:Cdek";

    public string? ClientId { get; set; }

    public string? ClientSecret { get; set; }

    /// <summary>The carrier's office to which we bring the goods; without it the carrier fetches them at <see cref="FromAddress"/>.</summary>
    public string? ShipmentPoint { get; set; }

    public string? FromCity { get; set; }

    public string? FromAddress { get; set; }

    public string? SenderCompany { get; set; }

    public string? SenderName { get; set; }

    public string? SenderPhone { get; set; }

    /// <summary>Tariff for a delivery to the door; 137 begins at an office, 139 at our door.</summary>
    public int DoorTariff { get; set; } = 137;

    /// <summary>Tariff for a delivery to a pick-up point; 136 begins at an office, 138 at our door.</summary>
    public int PickupTariff { get; set; } = 136;

    /// <summary>Weight of one piece, of which an order says nothing.</summary>
    public int PieceGrams { get; set; } = 300;

    public int LengthCm { get; set; } = 20;

    public int WidthCm { get; set; } = 15;

    public int HeightCm { get; set; } = 10;

    protected override IEnumerable<(string Key, string? Value)> Required() =>
    [
        (nameof(ClientId), ClientId), (nameof(ClientSecret), ClientSecret),
        (nameof(SenderCompany), SenderCompany), (nameof(SenderName), SenderName), (nameof(SenderPhone), SenderPhone),
    ];
}
