using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dovetail.Endpoints.Oms;

/// <summary>An order as RetailCRM shows it: the members that the hub looks at.</summary>
sealed record OmsOrder
{
    public required long Id { get; init; }

    public string? Number { get; init; }

    public string Status { get; init; } = "";

    /// <summary>Not part of the order: the account says which group a status is in.</summary>
    [JsonIgnore]
    public string Group { get; init; } = "";

    [JsonIgnore]
    public OmsStanding Standing => new(Status, Group);

    public IReadOnlyList<OmsItem> Items { get; init; } = [];

    [JsonConverter(typeof(PaymentsById))]
    public IReadOnlyList<OmsPayment> Payments { get; init; } = [];

    public OmsDelivery? Delivery { get; init; }
}

sealed record OmsItem(string? Status, decimal Quantity, IReadOnlyList<OmsExternalId>? ExternalIds, long Id = 0)
{
    /// <summary>Code under which the hub writes its line ids into RetailCRM.</summary>
    public const string LineIdCode = "dovetail-line";

    /// <summary>The same for a line that the order has no more: its item stays for the people there to see.</summary>
    public const string FormerLineCode = "dovetail-former-line";

    public const string New = "new";
    public const string OutOfStock = "out-of-stock";

    /// <summary>Null for what is no line of the order: the call centre added it, or it was one once.</summary>
    public string? LineId => IdUnder(FormerLineCode) is null ? IdUnder(LineIdCode) : null;

    string? IdUnder(string code) => ExternalIds?.FirstOrDefault(id => id.Code == code)?.Value;
}

/// <summary>One line of the history: somebody or something changed a member of an order.</summary>
sealed record OmsChange(long Id, string? Source, string? Field, OmsChangedOrder? Order, OmsApiKey? ApiKey)
{
    /// <summary>Not what this hub did itself, and of such as picking shows in.</summary>
    [JsonIgnore]
    public bool IsNews => !(Source == "api" && ApiKey?.Current == true)
        && (Field == "status" || Field?.StartsWith("order_product", StringComparison.Ordinal) == true);
}

sealed record OmsChangedOrder(string? ExternalId);

/// <param name="Current">It is the key that asks.</param>
sealed record OmsApiKey(bool Current);

sealed record OmsExternalId(string Code, string Value);

sealed record OmsPayment(long Id, string? ExternalId, string? Status, decimal? Amount = null)
{
    /// <summary>The money is held and not taken: the payment is not "paid" before the goods leave.</summary>
    public const string Held = "wait-approved";
}

sealed record OmsDelivery(OmsDeliveryData? Data);

sealed record OmsDeliveryData(string? TrackNumber);

/// <summary>Payments are written as an array and read as an object by id, which turns into an array again when it is empty.</summary>
sealed class PaymentsById : JsonConverter<IReadOnlyList<OmsPayment>>
{
    public override IReadOnlyList<OmsPayment> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.StartObject
            ? [.. JsonSerializer.Deserialize<Dictionary<string, OmsPayment>>(ref reader, options)!.Values]
            : JsonSerializer.Deserialize<List<OmsPayment>>(ref reader, options)!;

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<OmsPayment> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.ToDictionary(payment => payment.Id), options);
}
