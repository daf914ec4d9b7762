using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Dovetail.Endpoints.Desk.Reading;

/// <summary>Where the next page of a list begins: after this task.</summary>
sealed record TaskCursor(bool NewestFirst, DateTimeOffset At, string Id)
{
    /// <summary>Opaque to clients, so that what it holds may change.</summary>
    public string Text => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(NewestFirst ? 'n' : 'u')}|{At.UtcTicks}|{Id}")));

    public static TaskCursor Behind(TaskRow row, bool newestFirst) => new(newestFirst, newestFirst ? row.OpenedAt!.Value : row.Due, row.Id);

    public static TaskCursor? Parse(string cursor)
    {
        if (!Base64Url.IsValid(cursor)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('|', 3);
        return parts is ["n" or "u", var at, var id] && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new(parts[0] == "n", new(ticks, TimeSpan.Zero), id)
            : null;
    }
}
