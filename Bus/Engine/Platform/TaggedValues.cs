using System.Text;

namespace Dovetail.Bus.Platform;

/// <summary>Values with their tags as ServiceControl's monitoring reads them: little-endian; times as ticks since the first; each tag written once, and named by a number.</summary>
static class TaggedValues
{
    public const string ContentType = "TaggedLongValueWriterOccurrence";

    const long Version = 1;

    /// <param name="values">At least one.</param>
    public static byte[] Write(IEnumerable<MetricValue> values)
    {
        var ordered = values.OrderBy(value => value.At).ToList();
        var tags = ordered.Select(value => value.Tag).Distinct(StringComparer.Ordinal).Index().ToDictionary(tag => tag.Item, tag => tag.Index + 1, StringComparer.Ordinal);
        var first = ordered[0].At.UtcTicks;

        using var body = new MemoryStream();
        using var writer = new BinaryWriter(body);
        writer.Write(Version);
        writer.Write(first);
        writer.Write(tags.Count);
        foreach (var (tag, key) in tags)
        {
            var text = Encoding.UTF8.GetBytes(tag);
            writer.Write(key);
            writer.Write(text.Length);
            writer.Write(text);
        }
        writer.Write(ordered.Count);
        foreach (var value in ordered)
        {
            writer.Write((int)(value.At.UtcTicks - first));
            writer.Write(tags[value.Tag]);
            writer.Write(value.Value);
        }
        return body.ToArray();
    }
}
