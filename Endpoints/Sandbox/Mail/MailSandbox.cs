using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Mail;

/// <summary>A mail server that takes every letter and keeps it in the ledger. It listens on a TCP port of its own.</summary>
/// <remarks>
/// Levers are looked for in the whole letter. refuse: 550. fail-before: 451. fail-after: the letter is kept, and the connection breaks
/// before 250. silent, silent-after: no word after the letter, which is not kept, or is.
/// </remarks>
sealed partial class MailSandbox(
    SandboxLedger ledger, Levers levers, IOptions<SandboxOptions> options, TimeProvider time, ILogger<MailSandbox> log) : BackgroundService
{
    public const string Name = "mail";
    public const string User = "sandbox-mail";
    public const string Password = "sandbox-mail-password";

    readonly Lock _gate = new();
    readonly TcpListener _listener = new(IPAddress.Loopback, options.Value.SmtpPort);
    readonly Lazy<X509Certificate2> _certificate = new(() => SelfSigned(time));

    /// <summary>Where it listens, once it was started.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public X509Certificate2 Certificate => _certificate.Value;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _listener.Dispose();
        if (_certificate.IsValueCreated)
            _certificate.Value.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var sessions = new List<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(stoppingToken);
                sessions.RemoveAll(session => session.IsCompleted);
                sessions.Add(Serve(client, stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
        }

        _listener.Stop();
        await Task.WhenAll(sessions);
    }

    /// <summary>What becomes of a letter.</summary>
    /// <returns>The reply line; null when the connection is to break.</returns>
    internal async Task<string?> Deliver(MailLetter letter, CancellationToken cancellation)
    {
        var text = $"{letter.Subject}\n{letter.Text}\n{letter.Raw}";
        if (levers.Take(Name, "DATA", text, LeverEffect.Slow) is { } slow)
            await Task.Delay(slow.Delay ?? TimeSpan.FromSeconds(5), time, cancellation);
        var lever = levers.Take(
            Name, "DATA", text, LeverEffect.Refuse, LeverEffect.FailBefore, LeverEffect.FailAfter, LeverEffect.Silent, LeverEffect.SilentAfter);

        if (lever?.Effect is LeverEffect.Refuse)
            return $"550 5.1.1 {lever.Reason ?? "no such mailbox"}";
        if (lever?.Effect is LeverEffect.FailBefore)
            return "451 4.3.0 try again later";

        if (lever?.Effect is not LeverEffect.Silent)
        {
            lock (_gate)
            {
                var earlier = ledger.Find<MailLetter>(Name, letter.MessageId);
                ledger.Save(Name, letter.MessageId, letter with { TimesReceived = (earlier?.TimesReceived ?? 0) + 1 });
            }

            await ledger.Flushed();
        }

        if (lever?.Effect is LeverEffect.Silent or LeverEffect.SilentAfter)
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        return lever?.Effect is LeverEffect.FailAfter ? null : "250 2.0.0 taken";
    }

    async Task Serve(TcpClient client, CancellationToken cancellation)
    {
        using (client)
        {
            try
            {
                await using var session = new MailSession(this, client.GetStream());
                await session.Run(cancellation);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException or FormatException)
            {
                SessionBroke(gone.Message);
            }
        }
    }

    static X509Certificate2 SelfSigned(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = time.GetUtcNow();
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
    }

    [LoggerMessage(LogLevel.Debug, "A mail session broke off: {Reason}")]
    partial void SessionBroke(string reason);
}
