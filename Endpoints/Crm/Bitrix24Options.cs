using System.Text.Json;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Crm;

/// <summary>Section <c>Crm:Bitrix24</c>. The credential is an inbound webhook, or an application, which also hears what people change.</summary>
/// <remarks>The inbound webhook <c>https://portal/rest/1/code/</c> has the base address <c>https://portal/rest</c>, the user id 1, and its code.</remarks>
sealed class Bitrix24Options : ConnectorOptions
{
    public const string Section = "Crm:Bitrix24";

    /// <summary>The CRM's field names are sent as they stand.</summary>
    internal static readonly JsonSerializerOptions Json = new();

    /// <summary>Of a webhook.</summary>
    public string? UserId { get; set; }

    /// <summary>The webhook's secret.</summary>
    public string? Code { get; set; }

    /// <summary>Of an application. If it is set there is no webhook.</summary>
    public string? ClientId { get; set; }

    public string? ClientSecret { get; set; }

    /// <summary>The token that the portal gave when an administrator authorised the application. It is good once; the hub keeps its successors.</summary>
    public string? RefreshToken { get; set; }

    /// <summary>Where applications get their tokens.</summary>
    public Uri OAuthAddress { get; set; } = new("https://oauth.bitrix.info/oauth/token/");

    /// <summary>Names this hub in the deals that it adds, and its changes and its queue of events to the portal.</summary>
    public string Originator { get; set; } = "dovetail";

    /// <summary>Number of the funnel; 0 is the default one.</summary>
    public int Category { get; set; }

    /// <summary>How many requests a second the portal takes in the long run, and how many at once before that counts.</summary>
    public double PerSecond { get; set; } = 2;

    public int Burst { get; set; } = 50;

    /// <summary>How long the portal may work on a request that nobody waits for any more.</summary>
    public TimeSpan LongestRequest { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Any of its settings is there: then all must be.</summary>
    internal bool IsApplication => !(string.IsNullOrWhiteSpace(ClientId) && string.IsNullOrWhiteSpace(ClientSecret) && string.IsNullOrWhiteSpace(RefreshToken));

    protected override IEnumerable<(string Key, string? Value)> Required() => IsApplication
        ? [(nameof(ClientId), ClientId), (nameof(ClientSecret), ClientSecret), (nameof(RefreshToken), RefreshToken)]
        : [(nameof(UserId), UserId), (nameof(Code), Code)];
}
