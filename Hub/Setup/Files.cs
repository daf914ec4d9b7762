using Dovetail.Hub.Settings;
using Microsoft.Data.Sqlite;

namespace Dovetail.Hub.Setup;

/// <summary>The hub's database files, and what is in them.</summary>
static class Files
{
    static readonly string[] Single = ["Gateway:Database", "ServiceControl:Database"];

    /// <summary>The settings that name a file, with the file.</summary>
    public static IReadOnlyDictionary<string, string> Of(IConfiguration configuration) =>
        configuration.GetSection("ConnectionStrings").GetChildren().Select(child => child.Path).Concat(Single)
            .Where(key => configuration[key] is not null)
            .ToDictionary(key => key, key => FileOf(configuration[key]!));

    /// <summary>What a setup would create, file by file: it is created in an empty folder, and looked at.</summary>
    public static async Task<IReadOnlyList<(string File, Contents Needed)>> Plan(IEnumerable<KeyValuePair<string, string?>> settings, CancellationToken cancellation)
    {
        var scratch = Directory.CreateTempSubdirectory("dovetail-setup-");
        try
        {
            Dictionary<string, string?> own = new(settings, StringComparer.OrdinalIgnoreCase)
            {
                [HubConfiguration.SigningKeySetting] = new string('-', 32),
                ["Logging:Console:LogLevel:Default"] = "None",
            };
            using var real = HubConfiguration.Read(own);
            var files = Of(real);
            var copies = files.Values.Distinct().Index().ToDictionary(file => file.Item, file => Path.Combine(scratch.FullName, $"{file.Index}.db"));
            foreach (var (key, file) in files) own[key] = Replaced(real[key]!, copies[file]);

            await Installation.Create(HubConfiguration.Read(own), cancellation);
            return [.. copies.Where(copy => File.Exists(copy.Value)).Select(copy => (copy.Key, Contents.Of(copy.Value)))];
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            scratch.Delete(recursive: true);
        }
    }

    static string FileOf(string setting) => setting.Contains('=', StringComparison.Ordinal) ? new SqliteConnectionStringBuilder(setting).DataSource : setting;

    static string Replaced(string setting, string file) =>
        setting.Contains('=', StringComparison.Ordinal) ? new SqliteConnectionStringBuilder(setting) { DataSource = file }.ToString() : file;
}

/// <summary>The queues and tables in a file.</summary>
sealed record Contents(IReadOnlySet<string> Queues, IReadOnlySet<string> Tables)
{
    static readonly string[] PartsOfQueue = [".Claims", ".Delayed"];

    /// <summary>Empty for a file that is not there; nothing is created by looking.</summary>
    public static Contents Of(string file)
    {
        if (!File.Exists(file)) return new(new HashSet<string>(), new HashSet<string>());

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        using var rows = select.ExecuteReader();
        var all = new HashSet<string>(StringComparer.Ordinal);
        while (rows.Read()) all.Add(rows.GetString(0));

        // A queue is a table with these two beside it.
        var queues = all.Where(name => Array.TrueForAll(PartsOfQueue, part => all.Contains(name + part))).ToHashSet(StringComparer.Ordinal);
        return new(queues, all.Except(queues).Where(name => !PartsOfQueue.Any(part => name.EndsWith(part, StringComparison.Ordinal) && queues.Contains(name[..^part.Length]))).ToHashSet(StringComparer.Ordinal));
    }
}
