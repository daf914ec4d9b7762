using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dovetail.Benchmarks;

/// <summary>Where the hub that is measured has its queues and its state: in a file, or in a database and a virtual host of its own.</summary>
sealed class OrdersPlace : IAsyncDisposable
{
    readonly string _name = $"bench_{Guid.NewGuid():N}";
    readonly Place _place;
    readonly HttpClient? _management;

    OrdersPlace(Place place) => (_place, _management) = (place, place == Place.RabbitMQ ? Management() : null);

    /// <summary>What the hub is told of it.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Settings
    {
        get
        {
            if (_place != Place.Sqlite) yield return new("ConnectionStrings:Dovetail", Database);
            if (_management is null) yield break;
            yield return new("ConnectionStrings:RabbitMQ", Broker.AbsoluteUri);
            yield return new("Bus:BrokerManagement", Servers.RabbitMQManagement);
        }
    }

    string Database => new NpgsqlConnectionStringBuilder(Servers.Postgres) { Database = _name }.ToString();

    Uri Broker => new UriBuilder(Servers.RabbitMQ) { Path = "/" + _name }.Uri;

    public static async Task<OrdersPlace> Create(Place kind)
    {
        var place = new OrdersPlace(kind);
        if (kind != Place.Sqlite) await Execute($"CREATE DATABASE {place._name}");
        if (place._management is not { } management) return place;
        (await management.PutAsync($"vhosts/{place._name}", null)).EnsureSuccessStatusCode();
        (await management.PutAsJsonAsync($"permissions/{place._name}/{User(Servers.RabbitMQ)[0]}", new { configure = ".*", write = ".*", read = ".*" })).EnsureSuccessStatusCode();
        return place;
    }

    /// <param name="folder">The hub's.</param>
    public async Task<OrderBooks> OpenBooks(string folder) => _place switch
    {
        Place.Sqlite => await OrderBooks.OfFile(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "dovetail.db"), Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString()),
        Place.PostgreSql => await OrderBooks.OfServer(Database),
        _ => await OrderBooks.OfServer(Database, Broker, async () => (await _management!.GetFromJsonAsync<JsonElement>($"queues/{_name}/audit")).GetProperty("messages").GetInt64()),
    };

    public async ValueTask DisposeAsync()
    {
        if (_management is not null)
        {
            await _management.DeleteAsync($"vhosts/{_name}");
            _management.Dispose();
        }
        if (_place == Place.Sqlite) return;
        NpgsqlConnection.ClearAllPools();
        await Execute($"DROP DATABASE {_name} WITH (FORCE)");
    }

    static async Task Execute(string statement)
    {
        await using var data = NpgsqlDataSource.Create(Servers.Postgres);
        await using var command = data.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }

    static HttpClient Management() => new()
    {
        BaseAddress = new Uri(new Uri(Servers.RabbitMQManagement), "/api/"),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Join(':', User(Servers.RabbitMQ))))) },
    };

    static string[] User(string broker) => [.. new Uri(broker).UserInfo.Split(':').Select(Uri.UnescapeDataString)];
}
