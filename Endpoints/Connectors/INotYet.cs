namespace Dovetail.Endpoints.Connectors;

/// <summary>A failure that did nothing, and before which nothing can be done for a known while: the message has only to wait, and spends none of its retries at once.</summary>
public interface INotYet
{
    /// <summary>After this it can go on.</summary>
    TimeSpan Pause { get; }
}
