using System.Data.Common;
using System.Text.Json;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>A message as it lies in a table.</summary>
/// <param name="Seq">Its place in the queue.</param>
sealed record QueueRow(Guid Id, long Seq, string Headers, byte[] Body, int Attempts, bool IsExpired)
{
    /// <summary>Stands for the headers of a row that has none which could be read.</summary>
    public const string Unreadable = "Dovetail.UnreadableHeaders";

    public static QueueRow Read(DbDataReader row) =>
        new(row.GetGuid(0), row.GetInt64(1), row.GetString(2), row.IsDBNull(3) ? [] : row.GetFieldValue<byte[]>(3), row.GetInt32(4), row.GetBoolean(5));

    public static Dictionary<string, string> HeadersOf(string text)
    {
        try
        {
            return HeadersJson.Read(text);
        }
        catch (JsonException)
        {
            return new(StringComparer.Ordinal) { [Unreadable] = text };
        }
    }
}
