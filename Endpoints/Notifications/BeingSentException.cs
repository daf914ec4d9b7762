using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Somebody else has the notification in hand, or had it when it was killed.</summary>
sealed class BeingSentException(string message, TimeSpan pause) : InvalidOperationException(message), INotYet
{
    public TimeSpan Pause => pause;
}
