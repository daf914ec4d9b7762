using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tracking;

/// <summary>Section <c>Tracking</c>.</summary>
public sealed class TrackingOptions
{
    public const string Section = "Tracking";

    /// <summary>How soon an open page sees what another process wrote; what this process writes it sees at once.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a quiet stream says that it is alive, so that no proxy closes it.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>Names all faults of the section at once.</summary>
sealed class TrackingOptionsValidation : IValidateOptions<TrackingOptions>
{
    static readonly TimeSpan Least = TimeSpan.FromMilliseconds(100);

    public ValidateOptionsResult Validate(string? name, TrackingOptions options)
    {
        List<string> faults = [];
        if (options.PollInterval < Least)
            faults.Add($"Tracking:PollInterval is {options.PollInterval}; it must be at least {Least}, such as 00:00:03: every open page asks the database that often.");
        if (options.KeepAlive < Least)
            faults.Add($"Tracking:KeepAlive is {options.KeepAlive}; it must be at least {Least}, such as 00:00:15.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
