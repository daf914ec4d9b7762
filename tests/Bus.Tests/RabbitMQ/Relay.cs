using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>Stands between endpoints and their broker, and lets go of every connection when it is told to.</summary>
sealed class Relay : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly ConcurrentDictionary<TcpClient, bool> _connections = new();
    readonly string _host;
    readonly int _port;

    public Relay(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <returns>How many connections there were.</returns>
    public int Cut()
    {
        var cut = 0;
        foreach (var connection in _connections.Keys.Where(connection => _connections.TryRemove(connection, out _)))
        {
            connection.Dispose();
            cut++;
        }
        return cut / 2;
    }

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    async Task Accept()
    {
        try
        {
            while (true)
            {
                var (near, far) = (await _listener.AcceptTcpClientAsync(), new TcpClient());
                await far.ConnectAsync(_host, _port);
                (_connections[near], _connections[far]) = (true, true);
                _ = Pass(near, far);
                _ = Pass(far, near);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    static async Task Pass(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One of them was cut.
        }
        from.Dispose();
        to.Dispose();
    }
}
