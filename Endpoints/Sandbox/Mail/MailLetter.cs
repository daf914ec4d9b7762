using System.Text;
using System.Text.RegularExpressions;

namespace Dovetail.Endpoints.Sandbox.Mail;

/// <summary>One letter in the mailbox. A second delivery under the same Message-ID counts up, as a mail program would show one letter.</summary>
sealed partial record MailLetter
{
    public required string MessageId { get; init; }

    public required string From { get; init; }

    public required string To { get; init; }

    public required string Subject { get; init; }

    /// <summary>The plain text.</summary>
    public required string Text { get; init; }

    /// <summary>As it came over the wire, headers and all.</summary>
    public required string Raw { get; init; }

    public int TimesReceived { get; init; } = 1;

    public static MailLetter Read(string from, string to, string raw)
    {
        var (headers, body) = Split(raw);
        return new()
        {
            MessageId = Header(headers, "Message-ID") ?? "", From = from, To = to, Subject = Decode(Header(headers, "Subject") ?? ""),
            Text = PlainText(Header(headers, "Content-Type") ?? "", headers, body), Raw = raw,
        };
    }

    static string PlainText(string type, string headers, string body)
    {
        if (Boundary.Match(type) is { Success: true } boundary)
        {
            var part = body.Split("--" + boundary.Groups[1].Value).FirstOrDefault(part => part.Contains("text/plain", StringComparison.OrdinalIgnoreCase));
            (headers, body) = Split((part ?? "").TrimStart());
        }

        return Header(headers, "Content-Transfer-Encoding")?.ToLowerInvariant() == "base64"
            ? Encoding.UTF8.GetString(Convert.FromBase64String(body.Trim()))
            : body;
    }

    static (string Headers, string Body) Split(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return end < 0 ? (text, "") : (text[..end].Replace("\r\n ", " ", StringComparison.Ordinal), text[(end + 4)..]);
    }

    static string? Header(string headers, string name) => headers.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    // White space between two encoded words is no part of the text.
    static string Decode(string value) => EncodedWord.Replace(
        Between.Replace(value, "?==?"), word => Encoding.UTF8.GetString(Convert.FromBase64String(word.Groups[1].Value)));

    [GeneratedRegex("boundary=\"?([^\";]+)", RegexOptions.IgnoreCase)]
    static partial Regex Boundary { get; }

    [GeneratedRegex(@"=\?utf-8\?B\?([^?]*)\?=", RegexOptions.IgnoreCase)]
    static partial Regex EncodedWord { get; }

    [GeneratedRegex(@"\?=\s+=\?")]
    static partial Regex Between { get; }
}
