using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Desk;

/// <summary>Section <c>Desk</c>.</summary>
public sealed class DeskOptions
{
    public const string Section = "Desk";

    /// <summary>How long a request waits for what becomes of it, before it is answered "not known yet".</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How soon this process sees what another one wrote; what it writes itself it sees at once.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a quiet stream says that it is alive, so that no proxy closes it.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the same Idempotency-Key stands for the same request. Clients are promised 24 hours.</summary>
    public TimeSpan IdempotencyKeyLifetime { get; set; } = TimeSpan.FromHours(48);
}

/// <summary>Names all faults of the section at once.</summary>
sealed class DeskOptionsValidation : IValidateOptions<DeskOptions>
{
    static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan Most = TimeSpan.FromSeconds(25);

    public ValidateOptionsResult Validate(string? name, DeskOptions options)
    {
        List<string> faults = [];
        if (options.Patience < TimeSpan.Zero || options.Patience > Most)
            faults.Add($"Desk:Patience is {options.Patience}; it must be between zero and {Most}, such as 00:00:05: clients wait no longer.");
        if (options.PollInterval < Least)
            faults.Add($"Desk:PollInterval is {options.PollInterval}; it must be at least {Least}, such as 00:00:01: every open list asks the database that often.");
        if (options.KeepAlive < Least)
            faults.Add($"Desk:KeepAlive is {options.KeepAlive}; it must be at least {Least}, such as 00:00:15.");
        if (options.IdempotencyKeyLifetime < TimeSpan.FromHours(24))
            faults.Add($"Desk:IdempotencyKeyLifetime is {options.IdempotencyKeyLifetime}; it must be 1.00:00:00 or longer, as clients may repeat a request for a day.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
