using System.Text.RegularExpressions;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>Section <c>Notifications:Telegram</c>. Without a token customers are told by e-mail alone.</summary>
sealed class TelegramOptions : ConnectorOptions
{
    public const string Section = "Notifications:Telegram";

    public TelegramOptions()
    {
        BaseAddress = new("https://api.telegram.org");
    }

    /// <summary>What BotFather gave out for the bot. Whoever has it speaks for the shop.</summary>
    public string Token { get; set; } = "";

    /// <summary>How many messages a second at most; Telegram bears about 30 of one bot.</summary>
    public int PerSecond { get; set; } = 25;

    /// <summary>By which Telegram proves that a webhook is its own: 1 to 256 of A-Z, a-z, 0-9, - and _. Without one nobody hears what people write to the bot.</summary>
    public string WebhookSecret { get; set; } = "";

    /// <summary>How long a link to the bot is good for.</summary>
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromMinutes(30);

    public bool IsOn => Token != "";

    public bool HearsChats => IsOn && WebhookSecret != "";

    protected override IEnumerable<(string Key, string? Value)> Required() => [];
}

/// <summary>Names all faults of the section at once; never the token itself.</summary>
sealed partial class TelegramValidation : IValidateOptions<TelegramOptions>
{
    public ValidateOptionsResult Validate(string? name, TelegramOptions options) =>
        Faults(options).ToList() is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

    static IEnumerable<string> Faults(TelegramOptions options)
    {
        const string Section = TelegramOptions.Section;
        if (options.IsOn && !TokenForm.IsMatch(options.Token))
            yield return $"{Section}:Token is no bot token: it must look like 123456789:AbC-dEf..., as BotFather gives it out. Leave it out to do without Telegram.";
        if (options.WebhookSecret != "" && !SecretForm.IsMatch(options.WebhookSecret))
            yield return $"{Section}:WebhookSecret may have 1 to 256 characters of A-Z, a-z, 0-9, - and _ only: Telegram takes no other.";
        if (options.PerSecond is < 1 or > 1000)
            yield return $"{Section}:PerSecond is {options.PerSecond}, it must be between 1 and 1000.";
        if (options.LinkLifetime <= TimeSpan.Zero)
            yield return $"{Section}:LinkLifetime is {options.LinkLifetime}, it must be more than zero, such as 00:30:00.";
        if (options.Timeout >= Notices.Lease)
            yield return $"{Section}:Timeout is {options.Timeout}, it must be less than {Notices.Lease}.";
    }

    [GeneratedRegex(@"^\d+:[\w-]{20,}\z")]
    static partial Regex TokenForm { get; }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,256}\z")]
    static partial Regex SecretForm { get; }
}
