using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Dovetail.Endpoints.Shop;

/// <summary>Where the next page of a client's orders begins: after this one, newest first.</summary>
sealed record Page(DateTimeOffset PlacedAt, string OrderId)
{
    /// <summary>Opaque to clients, so that what it holds may change.</summary>
    public string Cursor => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{PlacedAt.UtcTicks}|{OrderId}")));

    public static Page? Parse(string cursor)
    {
        if (!Base64Url.IsValid(cursor)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('|', 2);
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new(new(ticks, TimeSpan.Zero), parts[1])
            : null;
    }
}
