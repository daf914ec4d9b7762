using System.Text.RegularExpressions;

namespace Dovetail.Hub.Reference;

/// <summary>What the comment on a message tells: what it means, who sends it, who gets it.</summary>
/// <param name="Meaning">The sentences before sender and receiver.</param>
/// <param name="Remark">Those after them: how it is undone, that nobody answers.</param>
/// <param name="RepliesTo">Names of the commands that it answers; empty for whatever is no reply.</param>
sealed partial record MessageStory(Type Type, MessageKind Kind, string Meaning, string? Remark, IReadOnlyList<string> Senders, IReadOnlyList<string> Receivers, IReadOnlyList<string> RepliesTo)
{
    /// <summary>Every message of the contracts, by name.</summary>
    /// <exception cref="InvalidOperationException">A comment does not say who sends the message or who gets it.</exception>
    public static IReadOnlyList<MessageStory> All(CodeComments comments)
    {
        var types = typeof(Contracts.Money).Assembly.GetExportedTypes().Where(type => type.IsClass && KindOf(type) is not null).OrderBy(type => type.Name, StringComparer.Ordinal).ToList();
        var commands = types.Where(type => KindOf(type) is MessageKind.Command).Select(type => type.Name).ToHashSet();
        return [.. types.Select(type => Read(type, comments.Summary(type) ?? "", commands))];
    }

    static MessageStory Read(Type type, string comment, IReadOnlySet<string> commands)
    {
        var parts = Parts().Match(comment);
        var (senders, receivers) = (Names(parts.Groups["senders"].Value), Names(parts.Groups["receivers"].Value));
        if (senders.Count == 0 || receivers.Count == 0)
        {
            throw new InvalidOperationException(
                $"The comment on {type.FullName} does not say who sends it and who gets it: '{comment}'. End its summary with 'Sender: X. Receiver: Y.', or 'Publisher: X. Subscribers: Y, Z.' if it is an event.");
        }

        var meaning = parts.Groups["meaning"].Value.Trim();
        var replies = meaning.StartsWith("Reply to ", StringComparison.Ordinal) ? Words().Matches(meaning).Select(word => word.Value).Where(commands.Contains).Distinct() : [];
        return new(type, KindOf(type)!.Value, meaning, parts.Groups["remark"].Value.Trim() is { Length: > 0 } remark ? remark : null, senders, receivers, [.. replies]);
    }

    static MessageKind? KindOf(Type type) => type.Namespace!.Split('.')[^1] switch
    {
        "Commands" => MessageKind.Command,
        "Events" => MessageKind.Event,
        "Messages" => MessageKind.Message,
        _ => null,
    };

    // "Shop, in one commit with the stored order" names one endpoint and a circumstance.
    static List<string> Names(string list) =>
        [.. list.Split([", ", " and "], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(part => Name().Match(part)).Where(name => name.Success).Select(name => name.Groups[1].Value)];

    [GeneratedRegex(@"^(?<meaning>.*?)(Senders?|Publishers?): (?<senders>[^.]+)\. (Receivers?|Subscribers?): (?<receivers>[^.]+)\.(?<remark>.*)$")]
    private static partial Regex Parts();

    [GeneratedRegex(@"^([A-Z]\w*)( \(.*\))?$")]
    private static partial Regex Name();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();
}

enum MessageKind
{
    Command,
    Event,
    Message,
}
