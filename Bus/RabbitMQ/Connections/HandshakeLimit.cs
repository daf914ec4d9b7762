using System.Net.Sockets;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Connections;

/// <summary>
/// Gives up a node that takes a connection and then says nothing, as one does whose process stands still. The client waits for the first word without end, and
/// even when it is called off it keeps the socket.
/// </summary>
/// <param name="longest">From the first attempt to reach a node until its handshake is over.</param>
sealed class HandshakeLimit(TimeSpan longest, TimeProvider time) : IDisposable
{
    ITimer? _timer;

    /// <summary>For the next node that the client tries.</summary>
    public ITcpClient Next(AddressFamily family)
    {
        _timer?.Dispose();
        var socket = ConnectionFactoryBase.DefaultSocketFactory(family);
        _timer = time.CreateTimer(static socket => ((ITcpClient)socket!).Close(), socket, longest, Timeout.InfiniteTimeSpan);
        return socket;
    }

    /// <summary>The handshake is over.</summary>
    public void Dispose() => _timer?.Dispose();
}
