using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Crm;

/// <summary>Bitrix24's REST API, through an inbound webhook or as an application. All by POST: what is looked for is personal data and must not stand in addresses.</summary>
sealed class Bitrix24Client(HttpClient http, Bitrix24Pace pace, Bitrix24Grants grants, IOptions<Bitrix24Options> options)
{
    static readonly string[] DealFields = ["ID", "STAGE_ID", "STAGE_SEMANTIC_ID", "OPPORTUNITY", "CURRENCY_ID", "CONTACT_ID", "ORIGINATOR_ID", "ORIGIN_ID"];

    public const int EventPage = 50;

    const string Changed = "ONCRMDEALUPDATE";

    /// <summary>The oldest deal that carries our order's id.</summary>
    public async Task<Deal?> FindDealOfOrder(string orderId, CancellationToken cancellation)
    {
        var found = await Call("crm.deal.list", new
        {
            filter = new { ORIGINATOR_ID = options.Value.Originator, ORIGIN_ID = orderId }, select = DealFields, order = new { ID = "ASC" },
        }, repeatable: true, cancellation);
        return found.EnumerateArray().Select(Deal.Read).FirstOrDefault();
    }

    public async Task<Deal?> FindDeal(string id, CancellationToken cancellation)
    {
        try
        {
            return Deal.Read(await Call("crm.deal.get", new { id }, repeatable: true, cancellation));
        }
        catch (Bitrix24NotFoundException)
        {
            return null;
        }
    }

    public async Task<string> AddDeal(Dictionary<string, object> fields, CancellationToken cancellation) =>
        Text(await Call("crm.deal.add", new { fields }, repeatable: false, cancellation));

    /// <summary>Fields are set to values, so doing it twice does no harm.</summary>
    public Task UpdateDeal(string id, Dictionary<string, object> fields, CancellationToken cancellation) =>
        Call("crm.deal.update", new { id, fields }, repeatable: true, cancellation);

    /// <param name="type">PHONE or EMAIL.</param>
    public async Task<string?> FindContact(string type, string value, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(value))
            return null;

        // PHP on the other side: nothing found is an empty list instead of an empty object.
        var found = await Call("crm.duplicate.findbycomm", new { type, values = new[] { value }, entity_type = "CONTACT" }, repeatable: true, cancellation);
        return found.ValueKind == JsonValueKind.Object && found.TryGetProperty("CONTACT", out var ids) && ids.GetArrayLength() > 0 ? Text(ids[0]) : null;
    }

    public async Task<string> AddContact(Customer customer, string originator, CancellationToken cancellation) => Text(await Call("crm.contact.add", new
    {
        fields = new
        {
            NAME = customer.Name, TYPE_ID = "CLIENT", OPENED = "Y",
            PHONE = new[] { new { VALUE = customer.Phone, VALUE_TYPE = "MOBILE" } }, EMAIL = new[] { new { VALUE = customer.Email, VALUE_TYPE = "HOME" } },
            ORIGINATOR_ID = originator, ORIGIN_ID = customer.CustomerId,
        },
    }, repeatable: false, cancellation));

    /// <summary>The funnel's stages: a cheap read that needs the same rights.</summary>
    public Task Stages(CancellationToken cancellation) => Call("crm.status.list", new { filter = new { ENTITY_ID = "DEAL_STAGE" } }, repeatable: true, cancellation);

    /// <summary>Whether the portal notes which deals people change, in a queue that is ours.</summary>
    public async Task<bool> IsBound(CancellationToken cancellation) => (await Call("event.get", new { }, repeatable: true, cancellation)).EnumerateArray().Any(binding =>
        Member(binding, "event").Equals(Changed, StringComparison.OrdinalIgnoreCase) && Member(binding, "offline") is "1" or "true" && Member(binding, "connector_id") == options.Value.Originator);

    public Task Bind(CancellationToken cancellation) => Call("event.bind", new { @event = Changed, event_type = "offline" }, repeatable: false, cancellation);

    /// <summary>The oldest that nobody has taken yet. They are reserved until they are cleared; an answer that is lost leaves them reserved too.</summary>
    public async Task<(string ProcessId, IReadOnlyList<DealEvent> Events)> TakeEvents(CancellationToken cancellation)
    {
        var taken = await Call("event.offline.get", new { clear = 0, limit = EventPage }, repeatable: false, cancellation);
        return (Member(taken, "process_id"), Events(taken.GetProperty("events")));
    }

    /// <summary>All that somebody took and did not clear.</summary>
    public async Task<IReadOnlyList<DealEvent>> ReservedEvents(CancellationToken cancellation)
    {
        var all = new List<DealEvent>();
        while (true)
        {
            var page = Events(await Call("event.offline.list", new Dictionary<string, object>
            {
                ["filter"] = new Dictionary<string, object> { [">PROCESS_ID"] = "" }, ["order"] = new { ID = "ASC" }, ["start"] = all.Count,
            }, repeatable: true, cancellation));
            all.AddRange(page);
            if (page.Count < EventPage)
                return all;
        }
    }

    public Task ClearEvents(string processId, IReadOnlyList<string> ids, CancellationToken cancellation) => Call(
        "event.offline.clear", ids.Count == 0 ? new { process_id = processId } : new { process_id = processId, id = ids }, repeatable: true, cancellation);

    async Task<JsonElement> Call(string method, object parameters, bool repeatable, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToNode(parameters, Bitrix24Options.Json)!.AsObject();
        if (!options.Value.IsApplication)
            return Result(method, await Send(method, body, repeatable, cancellation));

        // Whose change it is: the portal does not tell us of our own.
        body["auth_connector"] = options.Value.Originator;
        var token = await grants.Token(refused: null, cancellation);
        body["auth"] = token;
        var answer = await Send(method, body, repeatable, cancellation);
        if (answer is { Status: HttpStatusCode.Unauthorized, Error: "expired_token" or "invalid_token" })
        {
            body["auth"] = await grants.Token(refused: token, cancellation);
            answer = await Send(method, body, repeatable, cancellation);
        }

        return Result(method, answer);
    }

    async Task<Answer> Send(string method, JsonObject body, bool repeatable, CancellationToken cancellation)
    {
        await pace.Turn(cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Post, method) { Content = JsonContent.Create(body) };
        if (repeatable)
            Resilience.MarkRepeatable(request);

        using var response = await http.SendAsync(request, cancellation);
        return new(response.StatusCode, await Read(response, cancellation));
    }

    JsonElement Result(string method, Answer answer) =>
        answer.Status == HttpStatusCode.OK && answer.Body.ValueKind == JsonValueKind.Object && answer.Body.TryGetProperty("result", out var result)
            ? result
            : throw Failure(method, answer.Status, answer.Error, Member(answer.Body, "error_description"));

    static async Task<JsonElement> Read(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        }
        catch (JsonException)
        {
            // A gateway's error page.
            return default;
        }
    }

    Exception Failure(string method, HttpStatusCode status, string error, string description) => (status, error) switch
    {
        (HttpStatusCode.BadRequest, "") when description.Contains("not found", StringComparison.OrdinalIgnoreCase) => new Bitrix24NotFoundException(),
        (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError, _)
            or (_, "QUERY_LIMIT_EXCEEDED" or "OVERLOAD_LIMIT") => new HttpRequestException(
                $"Bitrix24 could not do {method}: {(int)status} {error} \"{description}\". The message is tried again.", null, status),
        _ => new RejectedException(
            $"Bitrix24 does not do {method}: {(int)status} {error} \"{description}\". Asking again gives the same answer. " +
            (options.Value.IsApplication
                ? "Check Crm:Bitrix24 (BaseAddress, ClientId) and the application's rights (crm; installed by an administrator), then retry the message."
                : "Check Crm:Bitrix24 (BaseAddress, UserId, Code) and the webhook's rights (crm), then retry the message.")),
    };

    static List<DealEvent> Events(JsonElement events) =>
    [
        .. events.EnumerateArray().Where(change => Member(change, "EVENT_NAME").Equals(Changed, StringComparison.OrdinalIgnoreCase)).Select(DealEvent.Read),
    ];

    static string Member(JsonElement answer, string name) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var value) ? Text(value) : "";

    // Ids come as numbers from some methods and as strings from others.
    static string Text(JsonElement value) => value.ToString();

    sealed record Answer(HttpStatusCode Status, JsonElement Body)
    {
        public string Error => Member(Body, "error");
    }
}

/// <summary>The portal has nothing under this id.</summary>
sealed class Bitrix24NotFoundException() : Exception("Bitrix24 has nothing under this id any more. The message is tried again and looks for it anew.");
