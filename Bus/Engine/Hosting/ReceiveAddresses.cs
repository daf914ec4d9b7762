namespace NServiceBus;

/// <summary>The queues that an endpoint reads. The services of the host have one for each endpoint that receives.</summary>
public class ReceiveAddresses
{
    /// <param name="mainReceiveAddress">The queue that all instances share.</param>
    /// <param name="instanceReceiveAddress">This instance's own; null if it has none.</param>
    /// <param name="satelliteReceiveAddresses">Queues read for other purposes; none in this engine.</param>
    public ReceiveAddresses(string mainReceiveAddress, string? instanceReceiveAddress = null, string[]? satelliteReceiveAddresses = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(mainReceiveAddress);
        MainReceiveAddress = mainReceiveAddress;
        InstanceReceiveAddress = instanceReceiveAddress;
        SatelliteReceiveAddresses = satelliteReceiveAddresses ?? [];
    }

    /// <summary>This instance's own queue; null unless it was made uniquely addressable.</summary>
    public string? InstanceReceiveAddress { get; }

    /// <summary>The queue that all instances share.</summary>
    public string MainReceiveAddress { get; }

    /// <summary>Queues read for other purposes; none in this engine.</summary>
    public string[] SatelliteReceiveAddresses { get; }
}
