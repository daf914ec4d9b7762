using System.Text;
using Dovetail.Bus.RabbitMQ.Sending;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>The headers of the message before. Most of the next one's are called the same and hold the same, in the same order, and then need no texts of their own.</summary>
/// <remarks>For one at a time.</remarks>
sealed class KnownHeaders
{
    const int Most = 64;
    const int Longest = 512;

    readonly List<Known> _known = [];

    /// <param name="place">Which of the message's headers it is.</param>
    /// <param name="properties">Some headers say once more what a property says.</param>
    public void Add(Dictionary<string, string> headers, int place, string name, byte[] bytes, IReadOnlyBasicProperties properties)
    {
        if (place < _known.Count && _known[place] is var known && known.Name == name)
        {
            name = known.Name;
            if (bytes.AsSpan().SequenceEqual(known.Bytes))
            {
                if (!known.OfTheWay) headers[name] = known.Text;
                return;
            }
        }
        var read = Read(name, bytes, properties);
        if (!read.OfTheWay) headers[name] = read.Text;
        if (bytes.Length > Longest || place >= Most) return;
        // Those before it that are not kept have their places all the same.
        while (_known.Count <= place) _known.Add(default);
        _known[place] = read;
    }

    static Known Read(string name, byte[] bytes, IReadOnlyBasicProperties properties) => new(name, bytes,
        Same(bytes, properties.MessageId) ?? Same(bytes, properties.CorrelationId) ?? Encoding.UTF8.GetString(bytes), NativeHeaders.OfTheWay.Contains(name));

    static string? Same(byte[] bytes, string? text) => text is { Length: > 0 } && Ascii.Equals(bytes, text) ? text : null;

    readonly record struct Known(string Name, byte[] Bytes, string Text, bool OfTheWay);
}
