namespace NServiceBus.Extensibility;

/// <summary>What sending, publishing, replying and subscribing have in common.</summary>
public abstract class ExtendableOptions
{
    internal Dictionary<string, string> Headers { get; } = new(StringComparer.Ordinal);

    internal string? MessageId { get; set; }

    internal bool DispatchImmediately { get; set; }

    internal bool IgnoresBestPractices { get; set; }

    internal bool? StartsNewTrace { get; set; }

    internal ContextBag Extensions { get; } = new();
}

/// <summary>Access to values that travel with the options, for code that extends the pipeline.</summary>
public static class ExtendableOptionsExtensions
{
    /// <summary>The values that travel with these options.</summary>
    public static ContextBag GetExtensions(this ExtendableOptions options) => options.Extensions;
}
