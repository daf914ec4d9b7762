using System.Globalization;
using Dovetail.Bus.Hosting;

namespace Dovetail.Bus;

/// <summary>What the endpoints of this host are doing at the moment: for probes, and for people who wonder. Among the services of every host with an endpoint.</summary>
public sealed class BusHealth
{
    readonly IReadOnlyList<EndpointInstance> _endpoints;

    internal BusHealth(IReadOnlyList<EndpointInstance> endpoints) => _endpoints = endpoints;

    /// <summary>Each endpoint as it is now.</summary>
    public IReadOnlyList<EndpointState> Endpoints => [.. _endpoints.Select(endpoint => endpoint.State)];

    /// <summary>False if a receiver is stuck: only then does a new start of the process promise anything.</summary>
    public bool IsLive => Endpoints.All(endpoint => endpoint.Receivers.All(receiver => receiver.Activity != ReceiverActivity.Stuck));

    /// <summary>True if every endpoint has started and can reach its queues.</summary>
    public bool IsReady => Endpoints.All(endpoint => endpoint.IsRunning && endpoint.Receivers.All(receiver => receiver.Activity is ReceiverActivity.Idle or ReceiverActivity.Busy));

    /// <inheritdoc />
    public override string ToString() => string.Join(Environment.NewLine, Endpoints);
}

/// <summary>One endpoint at one moment.</summary>
/// <param name="IsRunning">Started, and not told to stop.</param>
/// <param name="Receivers">One for each queue that it reads; none if it only sends.</param>
public sealed record EndpointState(string Endpoint, bool IsRunning, IReadOnlyList<ReceiverState> Receivers)
{
    /// <inheritdoc />
    public override string ToString() => $"{Endpoint}: {(IsRunning ? "running" : "not running")}{string.Concat(Receivers.Select(receiver => $"{Environment.NewLine}  {receiver}"))}";
}

/// <summary>What a receiver is doing.</summary>
public enum ReceiverActivity
{
    /// <summary>It waits for messages.</summary>
    Idle,

    /// <summary>It handles messages, however long that takes.</summary>
    Busy,

    /// <summary>It can't reach its queue, and tries again.</summary>
    Away,

    /// <summary>It showed no sign of life where it should have, or died; a new one is on its way.</summary>
    Stuck,

    /// <summary>It has not begun, or was told to stop.</summary>
    Stopped,
}

/// <summary>One receiver at one moment.</summary>
/// <param name="Messages">Those being handled, the oldest first.</param>
/// <param name="Restarts">How often the watchdog has replaced it.</param>
/// <param name="Problem">What keeps it from its queue, in words; null if nothing does.</param>
public sealed record ReceiverState(string Queue, ReceiverActivity Activity, IReadOnlyList<MessageInHand> Messages, int Restarts, string? Problem)
{
    /// <inheritdoc />
    public override string ToString()
    {
        var handlers = Messages.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {Messages.Count} in hand, the oldest {Messages[0]}");
        var restarts = Restarts == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", restarted {Restarts} times");
        return $"queue {Queue}: {Activity}{handlers}{restarts}{(Problem is null ? "" : $", {Problem}")}";
    }
}

/// <summary>A message that is being handled.</summary>
/// <param name="Since">When this attempt began.</param>
public sealed record MessageInHand(string MessageId, string MessageType, DateTimeOffset Since)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{MessageType} {MessageId} since {Since:u}");
}
