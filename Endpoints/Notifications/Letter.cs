using System.Globalization;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Notifications.Words;

namespace Dovetail.Endpoints.Notifications;

/// <summary>A letter as a mail server takes it. The same notification gives the same letter, byte for byte, however often it is sent.</summary>
sealed record Letter(string MessageId, DateTimeOffset Date, string To, LetterWords Words)
{
    /// <summary>Follows from the notification alone.</summary>
    public static string MessageIdOf(string notificationId, string from)
    {
        // What may not stand left of the @ is written as its code.
        var id = string.Concat(notificationId.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '/' or '_' ? c.ToString() : $"={(int)c:X}"));
        return $"<{id}@{new MailAddress(from).Host}>";
    }

    /// <summary>Headers and the two forms of the text, lines ended by CR LF.</summary>
    public string ToMime(string from, string fromName)
    {
        var boundary = "=_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(MessageId)))[..32];
        var mime = new StringBuilder();
        void Line(string line) => mime.Append(line).Append("\r\n");

        Line($"Date: {Date.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)}");
        Line(fromName == "" ? $"From: <{from}>" : $"From: {Encoded(fromName)}\r\n <{from}>");
        Line($"To: <{To}>");
        Line($"Subject: {Encoded(Words.Subject)}");
        Line($"Message-ID: {MessageId}");

        // No holiday notice in answer, please.
        Line("Auto-Submitted: auto-generated");
        Line("MIME-Version: 1.0");
        Line($"Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"");
        Line("");
        foreach (var (type, content) in new[] { ("text/plain", Words.Text), ("text/html", Words.Html) })
        {
            Line($"--{boundary}");
            Line($"Content-Type: {type}; charset=utf-8");
            Line("Content-Transfer-Encoding: base64");
            Line("");
            Line(Wrapped(Convert.ToBase64String(Encoding.UTF8.GetBytes(content))));
        }

        Line($"--{boundary}--");
        return mime.ToString();
    }

    /// <summary>A header's text as encoded words, one a line. Encoded always: so no name or order id can start a header of its own.</summary>
    static string Encoded(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            // 36 bytes make a word of 60 characters, and a line of less than 76 with the header's name; a character of several bytes is never cut.
            if (Encoding.UTF8.GetByteCount(word.ToString()) + rune.Utf8SequenceLength > 36)
                words.Add(Flush());
            word.Append(rune);
        }

        words.Add(Flush());
        return string.Join("\r\n ", words);

        string Flush()
        {
            var encoded = $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(word.ToString()))}?=";
            word.Clear();
            return encoded;
        }
    }

    static string Wrapped(string base64) => string.Join("\r\n", base64.Chunk(76).Select(line => new string(line)));
}
