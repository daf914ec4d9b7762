using System.Net;

namespace Dovetail.Endpoints.Notifications.Words;

/// <summary>What a letter says: subject and paragraphs, and the address of the order's page.</summary>
sealed record LetterWords(string Subject, string Greeting, IReadOnlyList<string> Paragraphs, string Link, ILanguage Language)
{
    const string Style = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#222;max-width:36em;margin:auto;padding:1em";

    public string Text => string.Join("\r\n\r\n", [Greeting, .. Paragraphs, $"{Language.LinkText}:\r\n{Link}", Language.Closing]) + "\r\n";

    public string Html
    {
        get
        {
            var paragraphs = string.Concat(Paragraphs.Select(paragraph => $"<p>{Encode(paragraph)}</p>\r\n"));
            return
                $"<!doctype html>\r\n<html lang=\"{Language.Code}\"><body style=\"{Style}\">\r\n" +
                $"<p>{Encode(Greeting)}</p>\r\n{paragraphs}<p><a href=\"{Encode(Link)}\">{Language.LinkText}</a></p>\r\n<p>{Language.Closing}</p>\r\n</body></html>\r\n";
        }
    }

    /// <param name="language">Two letters; for one that is not known here, the language of the options is taken.</param>
    public static LetterWords For(News news, string name, string? language, string trackingId, NotificationsOptions options)
    {
        var words = Languages.Find(language) ?? Languages.Find(options.Language)!;
        var (subject, paragraphs) = words.Of(news);
        return new(
            subject, words.Greeting(name.Trim()), [.. paragraphs.Where(paragraph => paragraph != "")],
            $"{options.PublicAddress!.AbsoluteUri.TrimEnd('/')}/track/{Uri.EscapeDataString(trackingId)}", words);
    }

    static string Encode(string text) => WebUtility.HtmlEncode(text);
}
