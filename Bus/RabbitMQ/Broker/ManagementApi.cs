using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NServiceBus;

namespace Dovetail.Bus.RabbitMQ.Broker;

/// <summary>The broker's management API, as far as an endpoint asks it: of whichever node answers.</summary>
sealed class ManagementApi : IDisposable
{
    static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    readonly HttpClient _client;
    readonly string _virtualHost;
    readonly Queue<Uri> _others;

    public ManagementApi(RabbitMQTransport settings)
    {
        var (address, given) = (settings.Address, settings.ManagementApiConfiguration);
        Url = new Uri(given?.Url ?? (address.UseTls ? $"https://{address.Host}:15671" : $"http://{address.Host}:15672"));
        _others = new(settings.Nodes.Select(node => new UriBuilder(Url) { Host = node.Host }.Uri).Where(url => url != Url).Distinct());
        _virtualHost = Uri.EscapeDataString(address.VirtualHost);
        var handler = new HttpClientHandler();
        if (settings.ClientCertificate is { } certificate) handler.ClientCertificates.Add(certificate);
        if (!settings.ValidateRemoteCertificate) handler.ServerCertificateCustomValidationCallback = static (_, _, _, _) => true;
        _client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
        var user = $"{given?.UserName ?? address.UserName}:{given?.Password ?? address.Password}";
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
    }

    /// <summary>Where it is asked now.</summary>
    public Uri Url { get; private set; }

    public Task<Overview?> Overview(CancellationToken cancellation) => Get<Overview>("overview", cancellation);

    public Task<List<FeatureFlag>?> FeatureFlags(CancellationToken cancellation) => Get<List<FeatureFlag>>("feature-flags", cancellation);

    /// <summary>Null if there is none of that name.</summary>
    public Task<ManagedQueue?> Queue(string queue, CancellationToken cancellation) => Get<ManagedQueue>($"queues/{_virtualHost}/{Uri.EscapeDataString(queue)}", cancellation);

    public async Task Put(string name, Policy policy, CancellationToken cancellation)
    {
        using var answer = await _client.PutAsJsonAsync(Address($"policies/{_virtualHost}/{Uri.EscapeDataString(name)}"), policy, Json, cancellation);
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose() => _client.Dispose();

    async Task<T?> Get<T>(string path, CancellationToken cancellation) where T : class
    {
        using var answer = await Get(path, cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<T>(Json, cancellation);
    }

    async Task<HttpResponseMessage> Get(string path, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await _client.GetAsync(Address(path), cancellation);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && _others.Count > 0 && failure is HttpRequestException or OperationCanceledException)
            {
                // That node is away: the cluster has others, with the API at the same port as a rule.
                Url = _others.Dequeue();
            }
        }
    }

    Uri Address(string path) => new($"{Url.ToString().TrimEnd('/')}/api/{path}");
}

/// <param name="ProductVersion">Null on old brokers.</param>
sealed record Overview(string? ProductVersion, string? RabbitmqVersion, string? ProductName)
{
    /// <summary>Without what follows the numbers, as in 4.0.2-rc.1.</summary>
    public Version? Version => (ProductVersion ?? RabbitmqVersion) is { } text && System.Version.TryParse(text.Split('-', '+')[0], out var version) ? version : null;
}

sealed record FeatureFlag(string Name, string State);

/// <param name="Arguments">With which it was declared.</param>
/// <param name="EffectivePolicyDefinition">What policies say of it; null until the broker has found out.</param>
/// <param name="Policy">The one that applies; null if none does.</param>
sealed record ManagedQueue(string Name, string? Type, Dictionary<string, JsonElement>? Arguments, JsonElement? EffectivePolicyDefinition, string? Policy);

sealed record Policy(string Pattern, [property: JsonPropertyName("apply-to")] string ApplyTo, Dictionary<string, JsonElement> Definition, int Priority);
