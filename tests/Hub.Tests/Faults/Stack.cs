using System.Globalization;
using Dovetail.Bus.Tests.PostgreSql;
using Dovetail.Bus.Tests.RabbitMQ;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Tests.Processes;
using Npgsql;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>All of production on one machine: a cluster of three brokers, a database, the hub in three processes, and beside it the stand-ins in a fourth.</summary>
sealed class Stack : IAsyncDisposable
{
    static readonly string[] Web = [.. RunningHub.AllRoles.Except(["sandbox", "workers", "servicecontrol"])];

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-stack-");
    readonly CancellationTokenSource _evening = new();
    readonly List<HubProcess> _processes = [];
    Task _watch = Task.CompletedTask;

    Stack(OwnCluster broker, PostgreSqlServer database)
    {
        (Broker, Database) = (broker, database);
        var (gateway, vendors, serviceControl, mail) = (Scene.FreeAddress(), Scene.FreeAddress(), Scene.FreeAddress(), Scene.FreeAddress().Port);
        string[] settings =
        [
            $"Hub:Addresses:Gateway={gateway}", $"Hub:Addresses:Sandbox={vendors}", $"Hub:Addresses:ServiceControl={serviceControl}", string.Create(CultureInfo.InvariantCulture, $"Sandbox:SmtpPort={mail}"),
            $"Sandbox:Webhooks:Hub={gateway}", "Sandbox:Pace=0.001", "Logging:LogLevel:Default=Warning",
        ];
        string[] places =
        [
            $"ConnectionStrings:Dovetail={database.ConnectionString}", $"ConnectionStrings:RabbitMQ={broker.Nodes[0]}", $"Bus:BrokerManagement={broker.Management[0]}",
            $"Bus:BrokerNodes={string.Join(';', broker.Nodes.Skip(1).Select(node => node.Authority))}",
            "Gateway:ClientLimit:PerSecond=1000", "Gateway:ClientLimit:Burst=1000",
            // The stand-ins tell what happened, as the real systems do: to ask after it by itself the hub has no need for a while.
            // Nobody is to be asked again, or a person called, for what only takes its time.
            "Deadlines:Patience=00:00:30", "Deadlines:PaymentPatience=00:00:30",
            "Deadlines:CheckPicking=00:00:02", "Deadlines:CheckBooking=00:00:02", "Deadlines:CheckShipment=00:00:02",
        ];
        Sandbox = new HubProcess(["sandbox"], [$"Hub:Folder={_folder.FullName}/vendors", .. settings], Log("sandbox"));
        First = Process("first", ["workers", "servicecontrol"]);
        Second = Process("second", ["workers"]);
        Front = Process("front", Web);
        Door = new Door(gateway, () => { });
        StandIns = new StandIns(vendors, paysWithStripe: false);

        HubProcess Process(string name, string[] roles)
        {
            var process = new HubProcess(roles, [$"Hub:Folder={_folder.FullName}/hub", .. settings, .. places], Log(name));
            _processes.Add(process);
            return process;
        }
    }

    public OwnCluster Broker { get; }

    public PostgreSqlServer Database { get; }

    public Door Door { get; }

    public StandIns StandIns { get; }

    /// <summary>The gateway and all that stands directly behind it.</summary>
    public HubProcess Front { get; }

    /// <summary>Workers, and ServiceControl.</summary>
    public HubProcess First { get; }

    /// <summary>Workers once more.</summary>
    public HubProcess Second { get; }

    /// <summary>How often something of the hub had to be started again that nobody had killed.</summary>
    public int Restarts { get; private set; }

    HubProcess Sandbox { get; }

    public static async Task<Stack> Start(CancellationToken cancellation)
    {
        var broker = OwnCluster.Start(cancellation);
        var database = PostgreSqlServer.Begin(cancellation, "fsync=off", "full_page_writes=off");
        try
        {
            await Task.WhenAll(broker, database);
        }
        catch
        {
            if (broker.IsCompletedSuccessfully) await (await broker).DisposeAsync();
            if (database.IsCompletedSuccessfully) (await database).Dispose();
            throw;
        }
        var stack = new Stack(await broker, await database);
        try
        {
            foreach (var process in stack._processes.Append(stack.Sandbox)) process.Start();
            stack._watch = stack.Watch();
            foreach (var process in stack._processes.Append(stack.Sandbox)) await process.HasStarted.WaitAsync(cancellation);
            await stack.StandIns.IsAuthorised(cancellation);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Which of the orders have ended, looked up past the hub; null where the database does not answer.</summary>
    public async Task<IReadOnlySet<string>?> Ended(string prefix, CancellationToken cancellation)
    {
        try
        {
            await using var connection = new NpgsqlConnection(Database.ConnectionString);
            await connection.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand("SELECT orderid FROM journeys WHERE ended IS NOT NULL AND orderid LIKE $1", connection) { Parameters = { new() { Value = $"{prefix}-%" } } };
            var ended = new HashSet<string>(StringComparer.Ordinal);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            while (await reader.ReadAsync(cancellation)) ended.Add(reader.GetString(0));
            return ended;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _evening.CancelAsync();
        await _watch;
        foreach (var process in _processes.Append(Sandbox)) await process.DisposeAsync();
        Door.Dispose();
        StandIns.Dispose();
        await Broker.DisposeAsync();
        Database.Dispose();
        _evening.Dispose();
        if (Environment.GetEnvironmentVariable("DOVETAIL_KEEP") != "1") _folder.Delete(recursive: true);
    }

    string Log(string name) => Path.Combine(_folder.FullName, $"{name}.log");

    async Task Watch()
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, _evening.Token);
                foreach (var process in _processes)
                {
                    if (await process.RestartIfEnded(_evening.Token)) Restarts++;
                }
            }
        }
        catch (OperationCanceledException) when (_evening.IsCancellationRequested)
        {
            // All is over.
        }
    }
}
