namespace Dovetail.Endpoints.Connectors;

/// <summary>A system was not asked, as most of the latest calls failed.</summary>
public sealed class LeftAloneException(string message, TimeSpan pause, Exception open) : HttpRequestException(message, open), INotYet
{
    public TimeSpan Pause => pause;
}
