using System.CommandLine;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Setup;
using Npgsql;

namespace Dovetail.Hub.Commands;

/// <summary>Creates what the roles need before the first of them starts; or says what that would be.</summary>
static class SetupCommand
{
    public static Command Create()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Says what would be created, database by database, and creates nothing." };
        var setup = new Command("setup", "Creates the queues and tables of all roles that are missing. A hub that starts does so too; this is for who wants it done, and seen, before.") { dryRun, SettingsOption.Instance };
        setup.SetAction((parsed, cancellation) => Run(parsed.GetValue(dryRun), [.. SettingsOption.Parse(parsed.GetValue(SettingsOption.Instance) ?? [])], Console.Out, cancellation));
        return setup;
    }

    internal static async Task<int> Run(bool dryRun, IReadOnlyList<KeyValuePair<string, string?>> settings, TextWriter says, CancellationToken cancellation)
    {
        var plan = await Files.Plan(settings, cancellation);
        using var configuration = HubConfiguration.Read([new(HubConfiguration.SigningKeySetting, "not needed to look"), .. settings]);
        foreach (var (place, needed) in plan)
        {
            var present = await needed.In(place, configuration, cancellation);
            await says.WriteLineAsync(Places.IsServerIn(place) ? OnServer(place, configuration) : $"{place}{(File.Exists(place) ? "" : " (is not there yet)")}");
            await Tell(says, "queue", needed.Queues, present.Queues);
            await Tell(says, "table", needed.Tables, present.Tables);
        }

        if (dryRun)
        {
            await says.WriteLineAsync("Nothing was created. What is marked + would be: the same command without --dry-run does it.");
            return 0;
        }

        var quiet = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase);
        quiet.TryAdd("Logging:Console:LogLevel:Default", "Warning");

        // What keeps roles from creating anything is meant for them: this is what does it in their place.
        quiet["Bus:Install"] = "true";
        await Installation.Create(HubConfiguration.Read(quiet), cancellation);
        await says.WriteLineAsync("Everything is there. What is marked + was created now.");
        return 0;
    }

    /// <summary>Without the password.</summary>
    static string OnServer(string connectionString, IConfiguration configuration)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        var broker = Places.Of(configuration).Broker;
        return $"PostgreSQL {server.Database} on {server.Host}{(broker is null ? "" : $", queues on RabbitMQ {broker.AbsolutePath.Trim('/')} on {broker.Host}")}";
    }

    static async Task Tell(TextWriter says, string kind, IReadOnlySet<string> needed, IReadOnlySet<string> present)
    {
        foreach (var name in needed.Order(StringComparer.Ordinal)) await says.WriteLineAsync($"  {(present.Contains(name) ? ' ' : '+')} {kind} {name}");
    }
}
