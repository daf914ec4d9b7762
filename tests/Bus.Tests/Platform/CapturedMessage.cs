using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dovetail.Bus.Tests.Api;

namespace Dovetail.Bus.Tests.Platform;

/// <summary>A message as NServiceBus 10.2 and its plugins were seen to put it on the wire of RabbitMQ.</summary>
/// <param name="Way">Where it went, and by which exchange and routing keys.</param>
/// <param name="Properties">Native properties of the message.</param>
/// <param name="Headers">In the order of the wire, without what the broker's client library adds.</param>
sealed partial record CapturedMessage(string Way, IReadOnlyDictionary<string, string> Properties, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    public string this[string header] => Headers.Single(each => each.Key == header).Value;

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>After which time the broker drops it; null for never.</summary>
    public TimeSpan? Worth => Properties.TryGetValue("expiration", out var milliseconds) ? TimeSpan.FromMilliseconds(long.Parse(milliseconds, CultureInfo.InvariantCulture)) : null;

    public static IReadOnlyList<CapturedMessage> Read(string file) => ReadFrom(TestSources.Platform(file));

    public static IReadOnlyList<CapturedMessage> ReadFrom(string path) => [.. File.ReadAllText(path).Split("\n=== ")[1..].Select(Parse)];

    static CapturedMessage Parse(string text)
    {
        var parts = Sections().Split(text);
        return new CapturedMessage(
            parts[0], Pairs(parts[1]).ToDictionary(), [.. Pairs(parts[2]).Where(header => header.Key != "x-dotnet-pub-seq-no")],
            parts[3].Contains("binary):", StringComparison.Ordinal) ? Bytes(parts[3]) : Encoding.UTF8.GetBytes(parts[3][(parts[3].IndexOf('\n', StringComparison.Ordinal) + 1)..].TrimEnd('\n')));
    }

    static IEnumerable<KeyValuePair<string, string>> Pairs(string part) =>
        part.Split('\n')[1..].Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ').Select(line => line.Trim().Split(" = ", 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1]));

    static byte[] Bytes(string dump) => [.. dump.Split('\n').Select(line => DumpLine().Match(line)).Where(line => line.Success).SelectMany(line => Convert.FromHexString(line.Groups[1].Value.Replace(" ", "", StringComparison.Ordinal)))];

    // A stack trace has lines of its own that begin like a section.
    [GeneratedRegex(@"\n--- (?=basic\.properties|headers \(|body \()")]
    private static partial Regex Sections();

    [GeneratedRegex("^[0-9a-f]{6}  ((?:[0-9a-f]{2} ?){1,16})")]
    private static partial Regex DumpLine();
}
