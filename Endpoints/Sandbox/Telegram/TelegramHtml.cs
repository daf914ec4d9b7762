using System.Net;
using System.Text;
using System.Text.Json.Serialization;

namespace Dovetail.Endpoints.Sandbox.Telegram;

/// <summary>Text with <c>parse_mode=HTML</c>: the few tags that Telegram knows become entities, anything else is refused.</summary>
static class TelegramHtml
{
    static readonly Dictionary<string, string> Types = new()
    {
        ["b"] = "bold", ["strong"] = "bold", ["i"] = "italic", ["em"] = "italic", ["u"] = "underline", ["ins"] = "underline",
        ["s"] = "strikethrough", ["strike"] = "strikethrough", ["del"] = "strikethrough", ["tg-spoiler"] = "spoiler",
        ["a"] = "text_link", ["code"] = "code", ["pre"] = "pre", ["blockquote"] = "blockquote",
    };

    public static (string Text, IReadOnlyList<TelegramEntity> Entities) Parse(string html)
    {
        var text = new StringBuilder();
        var entities = new List<TelegramEntity>();
        var open = new Stack<(string Tag, int From, string? Url)>();
        for (var at = 0; at < html.Length;)
        {
            if (html[at] != '<')
            {
                var next = html.IndexOf('<', at);
                var end = next < 0 ? html.Length : next;
                text.Append(WebUtility.HtmlDecode(html[at..end]));
                at = end;
                continue;
            }

            var close = html.IndexOf('>', at);
            if (close < 0)
                throw Unparsable($"Unclosed start tag at byte offset {Offset(html, at)}");
            var inside = html[(at + 1)..close];
            if (inside.StartsWith('/'))
            {
                Close(inside[1..].Trim().ToLowerInvariant());
            }
            else
            {
                var tag = inside.Split(' ', 2)[0].ToLowerInvariant();
                if (!Types.ContainsKey(tag))
                    throw Unparsable($"Unsupported start tag \"{tag}\" at byte offset {Offset(html, at)}");
                open.Push((tag, text.Length, Url(inside)));
            }

            at = close + 1;

            void Close(string tag)
            {
                if (!open.TryPop(out var begun))
                    throw Unparsable($"Unexpected end tag at byte offset {Offset(html, at)}");
                if (begun.Tag != tag)
                    throw Unparsable($"Unmatched end tag at byte offset {Offset(html, at)}, expected \"</{begun.Tag}>\", found \"</{tag}>\"");
                if (text.Length > begun.From)
                    entities.Add(new(Types[tag], begun.From, text.Length - begun.From, begun.Url));
            }
        }

        return open.TryPeek(out var left)
            ? throw Unparsable($"Can't find end tag corresponding to start tag \"{left.Tag}\"")
            : (text.ToString().TrimEnd(), entities);
    }

    static string? Url(string tag)
    {
        const string Begin = "href=\"";
        var from = tag.IndexOf(Begin, StringComparison.OrdinalIgnoreCase);
        return from < 0 ? null : WebUtility.HtmlDecode(tag[(from + Begin.Length)..].Split('"')[0]);
    }

    static int Offset(string html, int at) => Encoding.UTF8.GetByteCount(html.AsSpan(0, at));

    static TelegramRefusal Unparsable(string why) => TelegramRefusal.Bad($"can't parse entities: {why}");
}

/// <param name="Offset">In UTF-16 code units, like the length.</param>
sealed record TelegramEntity(
    [property: JsonPropertyName("type")] string Type, [property: JsonPropertyName("offset")] int Offset, [property: JsonPropertyName("length")] int Length,
    [property: JsonPropertyName("url"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Url = null);
