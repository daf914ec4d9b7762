namespace Dovetail.ServiceControl.Messages;

/// <summary>An instance of an endpoint that sent or processed a message.</summary>
sealed record Participant(string Name, Guid HostId, string Host)
{
    const string UnknownHost = "unknown";

    /// <summary>Clients draw every message between two endpoints, so there always is one.</summary>
    public static readonly Participant Unknown = new("Unknown", Guid.Empty, UnknownHost);

    public static Participant At(string name, string? host, string? hostId)
    {
        host ??= UnknownHost;
        return new(name, Guid.TryParse(hostId, out var id) ? id : StableId.Of(name, host), host);
    }
}
