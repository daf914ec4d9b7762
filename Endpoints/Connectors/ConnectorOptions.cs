using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Connectors;

/// <summary>How one external system is reached. Each connector derives its own and adds the credentials.</summary>
public abstract class ConnectorOptions
{
    /// <summary>Where the system's API begins.</summary>
    public Uri? BaseAddress { get; set; }

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Less than the attempt's own limit: who knows that there was no connection knows that nothing was sent.</summary>
    internal TimeSpan ConnectTimeout => Timeout / 2;

    /// <summary>How often a request that may be repeated is repeated at once; the bus repeats the message later.</summary>
    public int Retries { get; set; } = 2;

    /// <summary>Pause before the first repetition; the second waits twice as long.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How many requests may run at once; 0 for any number.</summary>
    public int Concurrency { get; set; }

    /// <summary>Settings without which the connector can't work: key and value.</summary>
    protected abstract IEnumerable<(string Key, string? Value)> Required();

    internal IEnumerable<string> Faults()
    {
        if (BaseAddress is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            yield return $"{nameof(BaseAddress)} is '{BaseAddress}', it must be an absolute http or https address";
        if (Timeout <= TimeSpan.Zero)
            yield return $"{nameof(Timeout)} is {Timeout}, it must be more than zero, such as 00:00:10";
        if (Retries is < 0 or > 5)
            yield return $"{nameof(Retries)} is {Retries}, it must be between 0 and 5";
        if (RetryDelay < TimeSpan.Zero)
            yield return $"{nameof(RetryDelay)} is {RetryDelay}, it must not be negative";
        if (Concurrency < 0)
            yield return $"{nameof(Concurrency)} is {Concurrency}, it must be 0 (any number) or more";
        foreach (var (key, value) in Required())
        {
            if (string.IsNullOrWhiteSpace(value))
                yield return $"{key} is not set";
        }
    }
}

/// <summary>Names all faults of a section at once, each with its key.</summary>
sealed class ConnectorValidation<TOptions>(string section) : IValidateOptions<TOptions> where TOptions : ConnectorOptions
{
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var faults = options.Faults().Select(fault => $"{section}:{fault}.").ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
