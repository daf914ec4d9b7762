using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dovetail.ServiceControl;

/// <summary>All that can be set about ServiceControl. Section <c>ServiceControl</c>, and the key that all roles share.</summary>
public sealed record ServiceControlOptions
{
    public const string Section = "ServiceControl";

    /// <summary>The SQLite file, which no other role may share; or a connection string of PostgreSQL, where the tables have a schema of their own.</summary>
    public string Database { get; init; } = "data/servicecontrol.db";

    public string AuditQueue { get; init; } = "audit";

    public string ErrorQueue { get; init; } = "error";

    /// <summary>ServiceControl's own input queue: endpoints acknowledge retried messages to it.</summary>
    public string Queue { get; init; } = "Particular.ServiceControl";

    /// <summary>How many messages are ingested in one transaction.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>How long messages that were processed well are kept.</summary>
    public TimeSpan AuditRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long failed messages are kept after they were resolved or archived. Unresolved ones stay.</summary>
    public TimeSpan ErrorRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The secret shared with the gateway, which proves that an identity was vouched for by it.</summary>
    public ReadOnlyMemory<byte> SigningKey { get; init; }

    /// <exception cref="OptionsValidationException">Something is missing or wrong; the exception names every fault at once.</exception>
    public static ServiceControlOptions Read(IConfiguration configuration)
    {
        const string Key = "Identity:SigningKey";
        var defaults = new ServiceControlOptions();
        var faults = new List<string>();
        var options = new ServiceControlOptions
        {
            Database = Text(nameof(Database), defaults.Database),
            AuditQueue = Text(nameof(AuditQueue), defaults.AuditQueue),
            ErrorQueue = Text(nameof(ErrorQueue), defaults.ErrorQueue),
            Queue = Text(nameof(Queue), defaults.Queue),
            BatchSize = Value(nameof(BatchSize), defaults.BatchSize, 1, 1_000),
            AuditRetention = Value(nameof(AuditRetention), defaults.AuditRetention, TimeSpan.FromHours(1), TimeSpan.FromDays(3_650)),
            ErrorRetention = Value(nameof(ErrorRetention), defaults.ErrorRetention, TimeSpan.FromHours(1), TimeSpan.FromDays(3_650)),
            SigningKey = Encoding.UTF8.GetBytes(configuration[Key] ?? ""),
        };

        string[] known = [nameof(Database), nameof(AuditQueue), nameof(ErrorQueue), nameof(Queue), nameof(BatchSize), nameof(AuditRetention), nameof(ErrorRetention)];
        foreach (var stranger in configuration.GetSection(Section).GetChildren().Select(child => child.Key).Except(known, StringComparer.OrdinalIgnoreCase))
            faults.Add($"{Section}:{stranger} is not known; give one of {string.Join(", ", known)}, or remove it.");
        if (options.SigningKey.Length < 32)
            faults.Add($"{Key} has {options.SigningKey.Length} bytes; give a random text of at least 32 bytes, the same for all roles.");
        if (new[] { options.AuditQueue, options.ErrorQueue, options.Queue }.Distinct(StringComparer.OrdinalIgnoreCase).Count() < 3)
            faults.Add($"{Section}:{nameof(AuditQueue)}, {nameof(ErrorQueue)} and {nameof(Queue)} must be three different queues.");

        return faults.Count == 0 ? options : throw new OptionsValidationException(Section, typeof(ServiceControlOptions), faults);

        string Text(string name, string fallback) => configuration[$"{Section}:{name}"]?.Trim() is { Length: > 0 } text ? text : fallback;

        T Value<T>(string name, T fallback, T least, T most) where T : IParsable<T>, IComparable<T>
        {
            var text = Text(name, "");
            if (text.Length == 0)
                return fallback;
            if (T.TryParse(text, CultureInfo.InvariantCulture, out var value) && value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0)
                return value;

            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{Section}:{name} is '{text}'; give a value from {least} to {most}, or leave it out for {fallback}."));
            return fallback;
        }
    }
}
