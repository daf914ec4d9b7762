using System.Globalization;
using System.Net.Mail;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Hands letters to the mail server.</summary>
/// <remarks>
/// An SMTP client of our own, as the framework's hides what is needed here: the reply that tells "later" from "never", AUTH PLAIN, TLS from the first
/// byte, and a time limit on asynchronous sending.
/// </remarks>
sealed class Mailer(IOptions<NotificationsOptions> options, TimeProvider time)
{
    readonly NotificationsOptions _options = options.Value;

    /// <summary>Whom to trust beside the authorities that the machine trusts.</summary>
    internal RemoteCertificateValidationCallback? Trust { get; init; }

    /// <param name="notification">Names the letter in errors, where no address may stand.</param>
    /// <returns>Why no mail server takes it, without the address; null if it was taken.</returns>
    public async Task<string?> Send(Letter letter, string notification, CancellationToken cancellation)
    {
        if (Address(letter.To) is not { } to)
            return "what the order has for an e-mail address is none that a mail server takes";
        var mime = (letter with { To = to }).ToMime(_options.From, _options.FromName);
        try
        {
            await Converse($"the letter {notification}", (smtp, limit) => smtp.Send(_options.From, to, mime, limit), cancellation);
            return null;
        }
        catch (RejectedException no) when (no.InnerException is SmtpReplyException { IsAboutLetter: true } reply)
        {
            return $"the mail server says {reply.Message}";
        }
    }

    /// <summary>Says hello and goodbye.</summary>
    public Task Greet(CancellationToken cancellation) => Converse("a health check", (_, _) => Task.CompletedTask, cancellation);

    async Task Converse(string what, Func<SmtpConversation, CancellationToken, Task> act, CancellationToken cancellation)
    {
        var server = $"{_options.Smtp.Host}:{_options.Smtp.Port}";
        using var patience = new CancellationTokenSource(_options.Smtp.Timeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(_options.Smtp.Host, _options.Smtp.Port, limit.Token);
            await using var smtp = new SmtpConversation(client.GetStream(), new MailAddress(_options.From).Host);
            await smtp.Open(_options.Smtp, Trust, limit.Token);
            await act(smtp, limit.Token);
            await smtp.Close(limit.Token);
        }
        catch (OperationCanceledException late) when (patience.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"The mail server {server} did not finish {what} within {_options.Smtp.Timeout.TotalSeconds:0.###} s. " +
                "It may have taken it; the message is tried again.", late);
        }
        catch (Exception broken) when (broken is SocketException or IOException or AuthenticationException && !cancellation.IsCancellationRequested)
        {
            throw new IOException($"The connection to the mail server {server} broke off at {what}: {broken.Message} The message is tried again.", broken);
        }
        catch (SmtpReplyException no) when (no.Code < 500)
        {
            throw new IOException($"The mail server {server} does not take {what} at the moment: {no.Message}. The message is tried again.", no);
        }
        catch (SmtpReplyException no)
        {
            throw new RejectedException(
                $"The mail server {server} will not take {what}: {no.Message}. Asking again gives the same answer. Correct the settings below " +
                "Notifications, or have the server's owner correct it, and retry the message.", no);
        }
    }

    /// <summary>The bare address in ASCII: it goes into a protocol of lines, so nothing else may be in it. Null for what is no address.</summary>
    static string? Address(string given)
    {
        try
        {
            return MailAddress.TryCreate(given, out var address) && address.User.All(IsPlain) ? $"{address.User}@{new IdnMapping().GetAscii(address.Host)}" : null;
        }
        catch (ArgumentException)
        {
            // No domain at all.
            return null;
        }
    }

    static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~.".Contains(c, StringComparison.Ordinal);
}

sealed class MailerHealth(Mailer mailer) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await mailer.Greet(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
