using System.Net;
using System.Net.Sockets;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using TransportContext = Dovetail.Bus.Transport.TransportContext;

namespace Dovetail.Bus.Tests.SqlServer.Live;

/// <summary>How a server that does not answer as it should shows. Needs the driver, and so ICU, but no server.</summary>
[TestClass]
public sealed class SqlServerSignInTests(TestContext test)
{
    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow(true, DisplayName = "hangs up"), DataRow(false, DisplayName = "is not there")]
    public async Task A_server_that_does_not_speak_its_language_counts_as_away(bool answers)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        if (answers) _ = HangUp(listener);
        else listener.Stop();
        using var open = Open(new SqlServerTransport($"Server=127.0.0.1,{port};Database=shop;User ID=hub;Password=sandbox;Encrypt=False;Connect Timeout=5;ConnectRetryCount=0"));

        await Assert.ThrowsExactlyAsync<StoreAwayException>(() => open.Transport.CreateQueues(["Sales"], test.CancellationToken));
        await Assert.ThrowsExactlyAsync<StoreAwayException>(() => open.Transport.Waiting("Sales", test.CancellationToken));
    }

    static async Task HangUp(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var caller = await listener.AcceptTcpClientAsync();
                await caller.GetStream().ReadAtLeastAsync(new byte[16], 1, throwOnEndOfStream: false);
            }
        }
        catch (Exception failure) when (failure is SocketException or IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    static Opened Open(SqlServerTransport transport) => new(transport.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance)));

    sealed record Opened(ITransport Transport) : IDisposable
    {
        public void Dispose() => Transport.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
