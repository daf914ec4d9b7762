using System.Net.Security;
using System.Text;

namespace Dovetail.Endpoints.Sandbox.Mail;

/// <summary>One SMTP conversation, seen from the server.</summary>
sealed class MailSession(MailSandbox mailbox, Stream network) : IAsyncDisposable
{
    Stream _stream = network;
    StreamReader _reader = Reader(network);
    string? _from;
    string? _to;

    public async Task Run(CancellationToken cancellation)
    {
        await Say("220 sandbox.example ESMTP", cancellation);
        while (await _reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("STARTTLS", StringComparison.OrdinalIgnoreCase))
            {
                await Say("220 2.0.0 go ahead", cancellation);
                await Secure(cancellation);
                continue;
            }

            if (line.Equals("DATA", StringComparison.OrdinalIgnoreCase) && _to is not null)
            {
                await Say("354 end with a dot", cancellation);
                if (await mailbox.Deliver(MailLetter.Read(_from!, _to, await Data(cancellation)), cancellation) is not { } reply)
                    return;

                (_from, _to) = (null, null);
                await Say(reply, cancellation);
                continue;
            }

            await Say(Answer(line), cancellation);
            if (line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase))
                return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
    }

    string Answer(string line)
    {
        var words = line.Split(' ', 2);
        switch (words[0].ToUpperInvariant())
        {
            case "EHLO":
                var extensions = _stream is SslStream ? "" : "250-STARTTLS\r\n";
                return $"250-sandbox.example\r\n{extensions}250-8BITMIME\r\n250 AUTH PLAIN";
            case "HELO":
                return "250 sandbox.example";
            case "AUTH":
                return Authenticates(words[^1]) ? "235 2.7.0 welcome" : "535 5.7.8 wrong user or password";
            case "MAIL":
                _from = Address(line);
                return "250 2.1.0 ok";
            case "RCPT" when _from is not null:
                _to = Address(line);
                return "250 2.1.5 ok";
            case "RCPT" or "DATA":
                return "503 5.5.1 wrong order of commands";
            case "RSET":
                (_from, _to) = (null, null);
                return "250 2.0.0 ok";
            case "NOOP":
                return "250 2.0.0 ok";
            case "QUIT":
                return "221 2.0.0 bye";
            default:
                return "502 5.5.2 not known here";
        }
    }

    /// <summary>A line that begins with a dot had one more put before it; a dot alone ends the letter.</summary>
    async Task<string> Data(CancellationToken cancellation)
    {
        var data = new StringBuilder();
        while (await _reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line == ".")
                return data.ToString();
            data.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        throw new EndOfStreamException("The client hung up in the middle of a letter.");
    }

    async Task Secure(CancellationToken cancellation)
    {
        var secure = new SslStream(_stream);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = mailbox.Certificate }, cancellation);

        // A new reader: what somebody slipped in before the handshake must not count as said inside it.
        (_stream, _reader) = (secure, Reader(secure));
    }

    async Task Say(string reply, CancellationToken cancellation)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(reply + "\r\n"), cancellation);
        await _stream.FlushAsync(cancellation);
    }

    static bool Authenticates(string argument)
    {
        var parts = argument.Split(' ');
        return parts is ["PLAIN", var token]
            && Encoding.UTF8.GetString(Convert.FromBase64String(token)) == $"\0{MailSandbox.User}\0{MailSandbox.Password}";
    }

    static string Address(string line) => line.Contains('<', StringComparison.Ordinal) ? line.Split('<', '>')[1] : "";

    static StreamReader Reader(Stream stream) => new(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
}
