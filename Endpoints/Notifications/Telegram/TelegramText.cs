using Dovetail.Endpoints.Notifications.Words;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>A letter's words as Telegram takes them with <c>parse_mode=HTML</c>: a few tags of its own, everything else escaped.</summary>
static class TelegramText
{
    // A message has 4096 characters at most, and one that is too long would not arrive at all.
    const int LongestParagraph = 900;

    public static string Of(LetterWords words)
    {
        var paragraphs = words.Paragraphs.Take(4).Select(paragraph => Escaped(Cut(paragraph)));
        return string.Join("\n\n", [$"<b>{Escaped(Cut(words.Subject))}</b>", .. paragraphs, $"<a href=\"{Escaped(words.Link)}\">{Escaped(words.Language.LinkText)}</a>"]);
    }

    public static string Escaped(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    static string Cut(string text)
    {
        if (text.Length <= LongestParagraph)
            return text;

        // Never through the middle of a character.
        var end = char.IsHighSurrogate(text[LongestParagraph - 1]) ? LongestParagraph - 1 : LongestParagraph;
        return text[..end] + "…";
    }
}
