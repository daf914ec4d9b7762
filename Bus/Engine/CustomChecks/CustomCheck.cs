namespace NServiceBus.CustomChecks;

/// <summary>Looks at something that the endpoint needs, once at the start or again and again.</summary>
public interface ICustomCheck
{
    /// <summary>Under which checks are grouped.</summary>
    string Category { get; }

    /// <summary>Names the check.</summary>
    string Id { get; }

    /// <summary>How long after one check the next follows; null for once.</summary>
    TimeSpan? Interval { get; }

    /// <summary>Looks. Whatever it throws counts as failed.</summary>
    Task<CheckResult> PerformCheck(CancellationToken cancellationToken = default);
}

/// <summary>A check with its name, its group and its interval.</summary>
public abstract class CustomCheck : ICustomCheck
{
    /// <summary>Runs once at the start unless it is told when to repeat.</summary>
    protected CustomCheck(string id, string category, TimeSpan? repeatAfter = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        ArgumentException.ThrowIfNullOrWhiteSpace(category);
        (Id, Category, Interval) = (id, category, repeatAfter);
    }

    /// <inheritdoc />
    public string Category { get; }

    /// <inheritdoc />
    public string Id { get; }

    /// <inheritdoc />
    public TimeSpan? Interval { get; }

    /// <inheritdoc />
    public abstract Task<CheckResult> PerformCheck(CancellationToken cancellationToken = default);
}

/// <summary>What a check found.</summary>
public sealed class CheckResult
{
    /// <summary>All is well.</summary>
    public static readonly CheckResult Pass = new();

    /// <summary>All is well.</summary>
    public CheckResult()
    {
    }

    CheckResult(string reason) => FailureReason = reason;

    /// <summary>What is wrong; null if nothing is.</summary>
    public string? FailureReason { get; }

    /// <summary>True if something is wrong.</summary>
    public bool HasFailed => FailureReason is not null;

    /// <summary>Something is wrong.</summary>
    public static CheckResult Failed(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new CheckResult(reason);
    }

    /// <summary>For checks that need not wait.</summary>
    public static implicit operator Task<CheckResult>(CheckResult result) => Task.FromResult(result);
}
