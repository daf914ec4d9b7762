using System.Net.Mail;
using Dovetail.Endpoints.Notifications.Words;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Section <c>Notifications</c>.</summary>
sealed class NotificationsOptions
{
    public const string Section = "Notifications";

    /// <summary>The address that letters come from, and that mail servers send bounces to.</summary>
    public string From { get; set; } = "";

    /// <summary>The sender's name as customers see it.</summary>
    public string FromName { get; set; } = "";

    /// <summary>Where customers reach the hub: letters link to the order's page under it.</summary>
    public Uri? PublicAddress { get; set; }

    /// <summary>For customers of whom no language is known: two letters.</summary>
    public string Language { get; set; } = "en";

    public SmtpOptions Smtp { get; set; } = new();
}

/// <summary>The mail server that takes our letters.</summary>
sealed class SmtpOptions
{
    public string Host { get; set; } = "";

    public int Port { get; set; } = 587;

    public SmtpSecurity Security { get; set; } = SmtpSecurity.None;

    /// <summary>Empty for a server that asks for none.</summary>
    public string User { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>How long one letter may take, from the connection to the server's receipt.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>How the connection to the mail server is protected.</summary>
enum SmtpSecurity
{
    /// <summary>Not at all: for a server on the same machine or in the same private network.</summary>
    None = 0,

    /// <summary>Secured after the greeting, usually on port 587. A server that does not offer it gets no letter.</summary>
    StartTls = 1,

    /// <summary>Secured from the first byte, usually on port 465.</summary>
    Tls = 2,
}

/// <summary>Names all faults of the section at once, each with its key.</summary>
sealed class NotificationsValidation : IValidateOptions<NotificationsOptions>
{
    public ValidateOptionsResult Validate(string? name, NotificationsOptions options) =>
        Faults(options).ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

    static IEnumerable<string> Faults(NotificationsOptions options)
    {
        if (!MailAddress.TryCreate(options.From, out _))
            yield return $"Notifications:From is '{options.From}', it must be an e-mail address.";
        if (options.PublicAddress is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            yield return $"Notifications:PublicAddress is '{options.PublicAddress}', it must be an absolute http or https address.";
        if (Languages.Find(options.Language) is null)
            yield return $"Notifications:Language is '{options.Language}', it must be one of {string.Join(", ", Languages.Codes)}.";
        if (options.Smtp.Host == "")
            yield return "Notifications:Smtp:Host is not set.";
        if (options.Smtp.Port is < 1 or > 65535)
            yield return $"Notifications:Smtp:Port is {options.Smtp.Port}, it must be between 1 and 65535.";
        if (options.Smtp.Timeout <= TimeSpan.Zero || options.Smtp.Timeout >= Notices.Lease)
            yield return $"Notifications:Smtp:Timeout is {options.Smtp.Timeout}, it must be more than zero and less than {Notices.Lease}.";
        if (options.Smtp is { User: not "", Security: SmtpSecurity.None, Host: not ("localhost" or "127.0.0.1" or "::1") })
            yield return "Notifications:Smtp:Security is None, and the password would cross the network in the clear. Set it to StartTls or Tls.";
    }
}
