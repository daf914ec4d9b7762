using Dovetail.Hub.Settings;
using Dovetail.Hub.Setup;
using Npgsql;

namespace Dovetail.Hub.Starting;

/// <summary>The servers that a role needs before it can start, and what has to be on them.</summary>
sealed class Needs(IConfiguration configuration)
{
    const string Bus = "ConnectionStrings:Dovetail";

    static readonly TimeSpan PatienceWithAnswer = TimeSpan.FromSeconds(10);

    IReadOnlyList<(string Place, Contents Needed)>? _plan;

    /// <exception cref="AwayException">One of them is not there yet.</exception>
    /// <exception cref="InvalidOperationException">One refuses what is set for it.</exception>
    public async Task AreThere(string role, CancellationToken cancellation)
    {
        foreach (var key in Databases(role).Where(key => Places.IsServerIn(configuration[key])))
        {
            var server = new NpgsqlConnectionStringBuilder(configuration[key]!);
            await Answers($"PostgreSQL {server.Database} on {server.Host}:{server.Port}", key, answer => Open(server, answer), cancellation);
        }
        if (!HasEndpoint(role)) return;
        var places = Places.Of(configuration);
        if (places.Broker is not null)
            await Answers(places.BrokerName, "ConnectionStrings:RabbitMQ", answer => Engine.Reach(configuration, answer), cancellation);
        if (places.IsServer && !Engine.Installs(configuration)) await IsSetUp(cancellation);
    }

    static string[] Databases(string role) => role switch
    {
        "gateway" => ["Gateway:Database"],
        "servicecontrol" => ["ServiceControl:Database", Bus],
        "notifications" => [Bus],
        _ when HasEndpoint(role) => [Bus],
        _ => [],
    };

    static bool HasEndpoint(string role) => role is "workers" or "tracking" or "desk" or "shop" or "hooks" or "servicecontrol";

    static async Task Open(NpgsqlConnectionStringBuilder server, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(server.ToString());
        await connection.OpenAsync(cancellation);
    }

    static async Task Answers(string server, string setting, Func<CancellationToken, Task> ask, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(PatienceWithAnswer);
        try
        {
            await ask(patience.Token);
        }
        catch (Exception silence) when (!cancellation.IsCancellationRequested && patience.IsCancellationRequested)
        {
            throw new AwayException(server, $"no answer in {PatienceWithAnswer.TotalSeconds} seconds", silence);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && Absence.IsIn(failure))
        {
            throw new AwayException(server, Absence.Reason(failure), failure);
        }
        catch (Exception refusal) when (!cancellation.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{server} is there, but does not let the hub in: {Absence.Reason(refusal).TrimEnd('.')}. Mend {setting}, or the rights of the user that it names; waiting would not help.", refusal);
        }
    }

    /// <summary>Where roles may create nothing, somebody else does: by <c>setup</c>, perhaps at this moment.</summary>
    async Task IsSetUp(CancellationToken cancellation)
    {
        _plan ??= await Files.Plan(configuration.AsEnumerable(), cancellation);
        foreach (var (place, needed) in _plan)
        {
            var present = await needed.In(place, configuration, cancellation);
            List<string> missing = [.. needed.Queues.Except(present.Queues).Select(queue => $"queue {queue}"), .. needed.Tables.Except(present.Tables).Select(table => $"table {table}")];
            if (missing.Count > 0) throw new AwayException("what `setup` creates", $"{missing.Count} of the queues and tables are missing, such as {missing.Order(StringComparer.Ordinal).First()}; roles may create nothing where Bus:Install is false");
        }
    }
}
