using Dovetail.Hub.Settings;
using Microsoft.Data.Sqlite;

namespace Dovetail.Hub.Setup;

/// <summary>The hub's databases, files or on a server, and what they are to hold.</summary>
static class Files
{
    const string Messages = "ServiceControl:Database";
    const string Broker = "ConnectionStrings:RabbitMQ";

    // A broker knows by itself who has subscribed to what.
    const string Subscriptions = "SubscriptionRouting";

    static readonly string[] Single = ["Gateway:Database", Messages];

    /// <summary>The settings that name a database, with its file or, on a server, its connection string.</summary>
    public static IReadOnlyDictionary<string, string> Of(IConfiguration configuration) =>
        configuration.GetSection("ConnectionStrings").GetChildren().Select(child => child.Path).Where(key => !key.Equals(Broker, StringComparison.OrdinalIgnoreCase)).Concat(Single)
            .Where(key => configuration[key] is not null)
            .ToDictionary(key => key, key => PlaceOf(configuration[key]!));

    /// <summary>What a setup would create, database by database: it is created in files in an empty folder, and looked at.</summary>
    public static async Task<IReadOnlyList<(string Place, Contents Needed)>> Plan(IEnumerable<KeyValuePair<string, string?>> settings, CancellationToken cancellation)
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
            var copies = files.Keys.Index().ToDictionary(key => key.Item, key => Path.Combine(scratch.FullName, $"{key.Index}.db"));
            foreach (var (key, copy) in copies) own[key] = key == Messages ? copy : $"Data Source={copy}";
            own[Broker] = null;
            var brokersOwn = real[Broker] is { Length: > 0 } ? Subscriptions : null;

            await Installation.Create(HubConfiguration.Read(own), cancellation);
            return [.. copies.Where(copy => File.Exists(copy.Value)).GroupBy(copy => files[copy.Key], copy => Contents.Of(copy.Value).Without(brokersOwn)).Select(place => (place.Key, place.Aggregate(Contents.Together)))];
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            scratch.Delete(recursive: true);
        }
    }

    static string PlaceOf(string setting) =>
        !Places.IsServerIn(setting) && setting.Contains('=', StringComparison.Ordinal) ? new SqliteConnectionStringBuilder(setting).DataSource : setting;
}
