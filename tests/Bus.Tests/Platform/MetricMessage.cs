using System.Text;
using Dovetail.Bus.Platform;

namespace Dovetail.Bus.Tests.Platform;

/// <summary>Reads the body of a metrics message by the description of its form.</summary>
static class MetricMessage
{
    public static IReadOnlyList<MetricValue> Read(ReadOnlyMemory<byte> body)
    {
        using var reader = new BinaryReader(new MemoryStream(body.ToArray()));
        Assert.AreEqual(1L, reader.ReadInt64());
        var first = reader.ReadInt64();
        var tags = Enumerable.Range(0, reader.ReadInt32()).Select(_ => KeyValuePair.Create(reader.ReadInt32(), Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadInt32())))).ToDictionary();
        tags.Add(0, "");
        var values = Enumerable.Range(0, reader.ReadInt32()).Select(_ => new MetricValue(new DateTimeOffset(first + reader.ReadInt32(), TimeSpan.Zero), tags[reader.ReadInt32()], reader.ReadInt64())).ToList();
        Assert.AreEqual(body.Length, (int)reader.BaseStream.Position);
        return values;
    }
}
