using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Dovetail.Bus.Tests;

/// <summary>Ports for servers that are told theirs before they start. None is of those that the system gives to whoever connects: it could be taken again by then.</summary>
static class FreePort
{
    const int First = 10_000;
    const int FirstOfTheSystem = 32_768;
    static readonly ConcurrentDictionary<int, bool> Given = [];

    /// <summary>Given to nobody else of this process.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, FirstOfTheSystem);
            if (!Given.TryAdd(port, true)) continue;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Another process has it.
            }
        }
    }
}
