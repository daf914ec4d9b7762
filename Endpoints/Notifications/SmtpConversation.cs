using System.Globalization;
using System.Net.Security;
using System.Text;

namespace Dovetail.Endpoints.Notifications;

/// <summary>One conversation with a mail server.</summary>
/// <param name="name">What we call ourselves: a domain of ours, as servers look it up.</param>
sealed class SmtpConversation(Stream network, string name) : IAsyncDisposable
{
    Stream _stream = network;
    StreamReader _reader = Reader(network);

    /// <summary>Greets, secures the line and logs in, as the options say.</summary>
    public async Task Open(SmtpOptions options, RemoteCertificateValidationCallback? trust, CancellationToken cancellation)
    {
        if (options.Security == SmtpSecurity.Tls)
            await Secure(options.Host, trust, cancellation);
        await Expect(200, "the connection", cancellation);

        var offers = await Hello(cancellation);
        if (options.Security == SmtpSecurity.StartTls)
        {
            // Whoever can remove the offer on the way could read the letter.
            if (!offers.Contains("STARTTLS"))
                throw new SmtpReplyException(502, "the server does not offer STARTTLS, and Notifications:Smtp:Security demands it");

            await Command("STARTTLS", 200, cancellation);
            await Secure(options.Host, trust, cancellation);
            await Hello(cancellation);
        }

        if (options.User != "")
        {
            var token = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{options.User}\0{options.Password}"));
            await Command($"AUTH PLAIN {token}", 200, cancellation);
        }
    }

    public async Task Send(string from, string to, string mime, CancellationToken cancellation)
    {
        var isAboutUs = true;
        try
        {
            await Command($"MAIL FROM:<{from}>", 200, cancellation);
            isAboutUs = false;
            await Command($"RCPT TO:<{to}>", 200, cancellation);
            await Command("DATA", 300, cancellation);
            await Write(Stuffed(mime) + ".\r\n", cancellation);
            await Expect(200, "the letter", cancellation);
        }
        catch (SmtpReplyException no)
        {
            // Servers like to repeat the address, and errors are logged and kept.
            throw new SmtpReplyException(no.Code, no.Message.Replace(to, "(the customer's address)", StringComparison.OrdinalIgnoreCase)) { IsAboutLetter = !isAboutUs };
        }
    }

    /// <summary>The letter is taken by now: a server that hangs up without a goodbye changes nothing.</summary>
    public async Task Close(CancellationToken cancellation)
    {
        try
        {
            await Command("QUIT", 200, cancellation);
        }
        catch (Exception rude) when (rude is IOException or SmtpReplyException or OperationCanceledException)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
    }

    /// <summary>A line that begins with a dot gets one more, as a dot alone ends the letter.</summary>
    internal static string Stuffed(string mime) => (mime.StartsWith('.') ? "." : "") + mime.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);

    async Task<HashSet<string>> Hello(CancellationToken cancellation)
    {
        var lines = await Command($"EHLO {name}", 200, cancellation);
        return [.. lines.Skip(1).Select(line => line.Split(' ')[0].ToUpperInvariant())];
    }

    async Task<IReadOnlyList<string>> Command(string command, int wanted, CancellationToken cancellation)
    {
        await Write(command + "\r\n", cancellation);

        // The first two words: what follows may be a password or an address.
        return await Expect(wanted, string.Join(' ', command.Split(' ', ':').Take(2)), cancellation);
    }

    /// <summary>Reads a reply: any number of lines <c>250-text</c>, then one <c>250 text</c>.</summary>
    async Task<IReadOnlyList<string>> Expect(int wanted, string after, CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await _reader.ReadLineAsync(cancellation) ?? throw new IOException($"the server hung up after {after}.");
            if (line.Length < 3 || !int.TryParse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
                throw new IOException($"the server's reply to {after} is no SMTP.");

            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length > 3 && line[3] == '-')
                continue;
            return code / 100 * 100 == wanted ? lines : throw new SmtpReplyException(code, $"{code} {string.Join(' ', lines)} (after {after})");
        }
    }

    async Task Secure(string host, RemoteCertificateValidationCallback? trust, CancellationToken cancellation)
    {
        var secure = new SslStream(_stream, leaveInnerStreamOpen: false);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = trust }, cancellation);

        // A new reader: what somebody slipped in before the handshake must not count as said inside it.
        (_stream, _reader) = (secure, Reader(secure));
    }

    async Task Write(string text, CancellationToken cancellation)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        await _stream.FlushAsync(cancellation);
    }

    static StreamReader Reader(Stream stream) => new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
}

/// <summary>The server said no: 4xx for now, 5xx for good.</summary>
sealed class SmtpReplyException(int code, string message) : Exception(message)
{
    public int Code => code;

    /// <summary>It is this letter that is not taken, or its address; others may be.</summary>
    public bool IsAboutLetter { get; init; }
}
