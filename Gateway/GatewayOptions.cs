using System.Net;
using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Oidc;
using Dovetail.Gateway.Routing;
using Dovetail.Gateway.Settings;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Dovetail.Gateway;

/// <summary>All that can be set about the gateway. Destinations, limits and timeouts follow a changed configuration at once; the rest is read at start.</summary>
public sealed record GatewayOptions
{
    /// <summary>Base addresses by cluster. Several addresses of one cluster share its load.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Uri>> Destinations { get; init; }

    /// <summary>The connection string of the database that holds the API keys: a SQLite file, or PostgreSQL, where several gateways share it.</summary>
    public required string Database { get; init; }

    /// <summary>The folder of the keys that protect sign-in cookies. Gateways that share it accept each other's cookies.</summary>
    public required string DataProtectionKeys { get; init; }

    /// <summary>The secret shared with the roles behind, which proves that an identity was vouched for by the gateway.</summary>
    public required ReadOnlyMemory<byte> SigningKey { get; init; }

    /// <summary>Proxies in front of the gateway whose X-Forwarded headers are believed.</summary>
    public required IReadOnlyList<IPNetwork> TrustedProxies { get; init; }

    /// <summary>OpenID Connect providers whose tokens are taken beside the keys.</summary>
    public required IReadOnlyList<OidcProvider> Oidc { get; init; }

    /// <summary>How long a role may take to answer. Event streams are exempt once they have begun.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>How often each destination is asked for its readiness.</summary>
    public required TimeSpan ProbeInterval { get; init; }

    public required int MaxConcurrentRequests { get; init; }

    public required int MaxConcurrentStreams { get; init; }

    /// <summary>The largest request body, where the route table names no other.</summary>
    public required long MaxBodyBytes { get; init; }

    /// <summary>For each client, over all its keys.</summary>
    public required TokenLimit ClientLimit { get; init; }

    /// <summary>For each address that shows no key: the customers' public pages, unknown paths, refused keys.</summary>
    public required TokenLimit PublicLimit { get; init; }

    /// <summary>For each address that sends webhooks: a vendor has few addresses and much to tell.</summary>
    public required TokenLimit HookLimit { get; init; }

    /// <summary>For each address that tries to sign in.</summary>
    public required TokenLimit SignInLimit { get; init; }

    /// <summary>Where all of them stand.</summary>
    internal static IReadOnlyList<string> Sections { get; } = ["Gateway", "Identity"];

    /// <exception cref="OptionsValidationException">Something is missing or wrong; the exception names every fault at once.</exception>
    public static GatewayOptions Read(IConfiguration configuration)
    {
        var read = new SettingsReader(configuration);
        var options = new GatewayOptions
        {
            Destinations = ReadDestinations(read),
            Database = read.Text("Gateway:Database", "the connection string of a SQLite file or a PostgreSQL database, such as 'Data Source=data/gateway.db' or 'Host=db;Database=dovetail;Username=...'", IsDatabase),
            DataProtectionKeys = read.Text("Gateway:DataProtectionKeys", "a folder that only the gateway may read, such as 'data/gateway-keys'"),
            SigningKey = read.Secret("Identity:SigningKey", leastBytes: 32),
            TrustedProxies = read.List("Gateway:TrustedProxies", "networks such as '10.0.0.0/8;192.168.1.5/32'", ParseNetwork),
            Oidc = OidcProvider.ReadAll(read),
            RequestTimeout = read.Value("Gateway:RequestTimeout", TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(10)),
            ProbeInterval = read.Value("Gateway:ProbeInterval", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(10)),
            MaxConcurrentRequests = read.Value("Gateway:MaxConcurrentRequests", 500, 1, 100_000),
            MaxConcurrentStreams = read.Value("Gateway:MaxConcurrentStreams", 1_000, 1, 100_000),
            MaxBodyBytes = read.Value("Gateway:MaxBodyBytes", 64L * 1024, 1_024, 100L * 1024 * 1024),
            ClientLimit = ReadLimit(read, "Gateway:ClientLimit", new TokenLimit(Burst: 200, PerSecond: 50)),
            PublicLimit = ReadLimit(read, "Gateway:PublicLimit", new TokenLimit(Burst: 60, PerSecond: 5)),
            HookLimit = ReadLimit(read, "Gateway:HookLimit", new TokenLimit(Burst: 1_000, PerSecond: 200)),
            SignInLimit = ReadLimit(read, "Gateway:SignInLimit", new TokenLimit(Burst: 10, PerSecond: 0.2)),
        };

        read.Known("Gateway",
        [
            "Destinations", "Database", "DataProtectionKeys", "TrustedProxies", "Oidc", "RequestTimeout", "ProbeInterval", "MaxConcurrentRequests", "MaxConcurrentStreams", "MaxBodyBytes",
            "ClientLimit", "PublicLimit", "HookLimit", "SignInLimit",
        ]);
        read.Known("Identity", ["SigningKey"]);
        return read.Faults.Count == 0 ? options : throw new OptionsValidationException("Gateway", typeof(GatewayOptions), read.Faults);
    }

    static Dictionary<string, IReadOnlyList<Uri>> ReadDestinations(SettingsReader read)
    {
        const string Key = "Gateway:Destinations";
        var known = string.Join(", ", RouteTable.Clusters);
        foreach (var stranger in read.Children(Key).Except(RouteTable.Clusters, StringComparer.OrdinalIgnoreCase))
            read.Fault($"{Key}:{stranger}", "is set, but no route leads there", $"one of {known}");

        return RouteTable.Clusters.ToDictionary(
            cluster => cluster,
            cluster => read.List($"{Key}:{cluster}", "one or more base addresses such as 'http://127.0.0.1:5001;http://127.0.0.1:5002'", ParseAddress, required: true),
            StringComparer.OrdinalIgnoreCase);
    }

    static TokenLimit ReadLimit(SettingsReader read, string key, TokenLimit fallback)
    {
        read.Known(key, ["Burst", "PerSecond"]);
        return new(
            read.Value($"{key}:Burst", fallback.Burst, 1, 1_000_000),
            read.Value($"{key}:PerSecond", fallback.PerSecond, 0.001, 1_000_000));
    }

    static Uri? ParseAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https"
        && address is { UserInfo: "", Query: "", Fragment: "" }
            ? address
            : null;

    static IPNetwork? ParseNetwork(string text) => IPNetwork.TryParse(text, out var network) ? network : null;

    static bool IsDatabase(string text)
    {
        try
        {
            if (KeyDatabase.IsServer(text)) return new NpgsqlConnectionStringBuilder(text).Host is not null;

            // Each connection to ":memory:" would see a database of its own, without any key.
            return new SqliteConnectionStringBuilder(text) is { DataSource: not ("" or ":memory:"), Mode: not SqliteOpenMode.Memory };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

/// <summary>So many requests at once, and so many a second in the long run.</summary>
public sealed record TokenLimit(int Burst, double PerSecond);
