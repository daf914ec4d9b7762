using Dovetail.Bus.Transport;
using Microsoft.Data.SqlClient;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Bus.Tests.SqlServer;

/// <summary>How transport and persistence are set up.</summary>
[TestClass]
public sealed class SqlServerSetupTests(TestContext test)
{
    [TestMethod]
    public void A_connection_string_names_the_database_which_is_part_of_each_address()
    {
        using var named = Open(new SqlServerTransport("Server=localhost;Database=shop"));

        Assert.AreEqual("Sales.Europe@[dbo]@[shop]", named.Transport.Address("Sales.Europe"));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Open(new SqlServerTransport("Server=localhost"))).Message, "Initial Catalog");
        using var told = Open(new SqlServerTransport("Server=localhost") { DefaultCatalog = "shop", DefaultSchema = "bus" });
        Assert.AreEqual("Sales@[bus]@[shop]", told.Transport.Address("Sales"));
    }

    [TestMethod]
    public void Queues_may_have_schemas_of_their_own()
    {
        var transport = new SqlServerTransport("Server=localhost;Database=shop");
        transport.SchemaAndCatalog.UseSchemaForQueue("error", "ops");
        using var open = Open(transport);

        Assert.AreEqual("error@[ops]@[shop]", open.Transport.Address("error@[dbo]@[shop]"));
        Assert.ThrowsExactly<InvalidOperationException>(() => open.Transport.Address(new string('x', 111)));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task State_in_the_database_of_the_queues_shares_their_commit_and_elsewhere_has_an_outbox()
    {
        Assert.IsFalse(await RemembersAlways("Server=localhost;Database=shop"));
        Assert.IsTrue(await RemembersAlways("Server=localhost;Database=crm"));

        async Task<bool> RemembersAlways(string connectionString)
        {
            var endpoint = new EndpointConfiguration("Sales");
            endpoint.UseTransport(new SqlServerTransport("Server=localhost;Database=shop"));
            var persistence = endpoint.UsePersistence<SqlPersistence>();
            persistence.ConnectionBuilder(() => new SqlConnection(connectionString));
            persistence.SqlDialect<SqlDialect.MsSqlServer>().Schema("bus");
            var context = new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance);
            await using var transport = endpoint.Settings.Transport!.Create(context);
            var store = endpoint.Settings.Persistence!.Create(transport, context);
            await using (store as IAsyncDisposable) return store.RemembersAlways;
        }
    }

    /// <remarks>The driver needs ICU, which this product does without as long as nobody uses SQL Server.</remarks>
    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_program_in_which_the_driver_can_t_work_is_told_what_to_do()
    {
        using var open = Open(new SqlServerTransport("Server=127.0.0.1;Database=shop"));

        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => open.Transport.CreateQueues(["Sales"], test.CancellationToken));

        StringAssert.Contains(failure.Message, "System.Globalization.Invariant");
    }

    static Opened Open(SqlServerTransport transport) => new(transport.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance)));

    sealed record Opened(ITransport Transport) : IDisposable
    {
        public void Dispose() => Transport.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
