using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Cdek;

/// <summary>The carrier CDEK, API v2: tokens, shipments that are registered a moment after they are taken, and their way to the customer.</summary>
sealed class CdekSandbox(
    SandboxLedger ledger, CdekNews news, Levers levers, IOptions<SandboxOptions> sandbox, IOptions<CdekSandboxOptions> options, TimeProvider time) : BackgroundService
{
    public const string System = "cdek";
    public const string ClientId = "sandbox-account";
    public const string ClientSecret = "sandbox-secret";

    // Tokens live in memory: whoever comes with one from before a restart gets a 401, as at the real carrier after a deployment.
    readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new();
    readonly Dictionary<string, List<string>> _uuidsByNumber = Index(ledger.All<CdekOrder>(System));
    readonly CdekWalk _walk = CdekWalk.At(sandbox.Value);
    readonly Lock _gate = new();

    /// <summary>The shipments whose way goes on, and when their next status comes.</summary>
    readonly Dictionary<string, DateTimeOffset> _moving = [];

    public void Map(RouteGroupBuilder group)
    {
        group.WithMetadata(new VendorFault(CdekAnswers.InternalError));
        group.MapPost("/oauth/token", IssueToken).DisableAntiforgery();

        var open = group.MapGroup("").AddEndpointFilter(Authorized);
        open.MapPost("/orders", Create);
        open.MapGet("/orders", FindByNumber);
        open.MapGet("/orders/{uuid}", Read);
        open.MapDelete("/orders/{uuid}", Delete);
        open.MapGet("/location/cities", Cities);
        news.Map(open.MapGroup("/webhooks"));
    }

    /// <summary>Looks at the shipments when something is to be told of them. Who only reads sees the same without.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lock (_gate)
        {
            foreach (var order in ledger.All<CdekOrder>(System))
                Look(order, time.GetUtcNow());
        }

        using var timer = new PeriodicTimer(options.Value.Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = time.GetUtcNow();
            lock (_gate)
            {
                foreach (var uuid in _moving.Where(moving => moving.Value <= now).Select(moving => moving.Key).ToList())
                    Look(ledger.Find<CdekOrder>(System, uuid)!, now);
            }
        }
    }

    async Task<IResult> IssueToken(HttpRequest request, CancellationToken cancellation)
    {
        var form = await request.ReadFormAsync(cancellation);
        if (form["grant_type"] != "client_credentials" || form["client_id"] != ClientId || form["client_secret"] != ClientSecret)
            return CdekAnswers.OAuthError("invalid_client", "Bad client credentials");

        var token = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());
        _tokens[token] = time.GetUtcNow() + options.Value.TokenLifetime;
        return CdekAnswers.Json(new JsonObject
        {
            ["access_token"] = token,
            ["token_type"] = "bearer",
            ["expires_in"] = (int)options.Value.TokenLifetime.TotalSeconds,
            ["scope"] = "order:all payment:all",
            ["jti"] = Guid.NewGuid().ToString(),
        });
    }

    async ValueTask<object?> Authorized(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var header = context.HttpContext.Request.Headers.Authorization.ToString();
        var known = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && _tokens.TryGetValue(header[7..], out var until) && time.GetUtcNow() < until;
        return known ? await next(context) : CdekAnswers.OAuthError("unauthorized", "Full authentication is required to access this resource");
    }

    async Task<IResult> Create(HttpContext context, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (await Body(context.Request, cancellation) is not { } request)
            return CdekAnswers.Invalid("CREATE", now, new CdekFault("v2_bad_request", "The body is no JSON object"));

        var faults = CdekRules.Faults(request).ToList();
        if (faults.Count > 0)
            return CdekAnswers.Invalid("CREATE", now, faults);

        var refusal = levers.Refusal(System, context);
        var reason = CdekRules.NotDeliveredReason(refusal);
        lock (_gate)
        {
            var number = (string?)request["number"];
            var order = new CdekOrder
            {
                Uuid = Guid.NewGuid().ToString(),
                Number = number,
                CdekNumber = (10_000_000_000 + Random.Shared.NextInt64(1_000_000_000)).ToString(CultureInfo.InvariantCulture),
                TakenAt = now,
                Request = request,
                Fault = refusal is not null && reason is null ? new CdekFault("v2_entity_invalid", refusal) : Taken(number),
                NotDeliveredFor = reason,
            };
            if (number is not null)
                Uuids(number).Add(order.Uuid);

            Look(order, now);
            return CdekAnswers.Accepted(order.Uuid, "CREATE", now);
        }
    }

    IResult Read(string uuid)
    {
        var now = time.GetUtcNow();
        if (!Guid.TryParse(uuid, out _))
            return CdekAnswers.Invalid("GET", now, new CdekFault("v2_invalid_format", $"Field [uuid] has an invalid format: {uuid}"));

        lock (_gate)
        {
            return ledger.Find<CdekOrder>(System, uuid) is { } order
                ? CdekAnswers.Order(Look(order, now), _walk, now)
                : CdekAnswers.Invalid("GET", now, new CdekFault("v2_entity_not_found", $"Entity is not found by uuid {uuid}"));
        }
    }

    IResult FindByNumber(HttpRequest request)
    {
        var now = time.GetUtcNow();
        var number = request.Query["im_number"].ToString();
        lock (_gate)
        {
            var orders = Orders(number);
            return (orders.LastOrDefault(order => order.IsAlive) ?? orders.LastOrDefault(order => order.Fault is null) ?? orders.LastOrDefault()) is { } order
                ? CdekAnswers.Order(Look(order, now), _walk, now)
                : CdekAnswers.Invalid("GET", now, new CdekFault("v2_entity_not_found_im_number", $"Entity is not found by im number {number}"));
        }
    }

    IResult Delete(string uuid)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (ledger.Find<CdekOrder>(System, uuid) is not { } order)
                return CdekAnswers.Invalid("DELETE", now, new CdekFault("v2_entity_not_found", $"Entity is not found by uuid {uuid}"));
            if (order.DeletionAskedAt is { } asked)
            {
                return CdekAnswers.Invalid("DELETE", now, _walk.DeletionState(asked, now) == "ACCEPTED"
                    ? new CdekFault("v2_similar_request_still_processed", "A similar request is still being processed")
                    : new CdekFault("v2_entity_invalid", "The entity is removed already"));
            }

            if (order.Fault is not null || _walk.HasMoved(order, now))
                return CdekAnswers.Invalid("DELETE", now, new CdekFault("v2_entity_forbidden", "The entity can be deleted only in the status CREATED"));

            order = order with { DeletionAskedAt = now };
            ledger.Save(System, uuid, order);
            Look(order, now);
            return CdekAnswers.Accepted(order.Uuid, "DELETE", now);
        }
    }

    static IResult Cities() => CdekAnswers.Json(new JsonArray(
        new JsonObject { ["code"] = 44, ["city"] = "Moscow", ["country_code"] = "RU" },
        new JsonObject { ["code"] = 137, ["city"] = "Saint Petersburg", ["country_code"] = "RU" },
        new JsonObject { ["code"] = 270, ["city"] = "Novosibirsk", ["country_code"] = "RU" }));

    /// <summary>Lets the shipment's statuses catch up with the clock, and writes them down when they did.</summary>
    CdekOrder Look(CdekOrder order, DateTimeOffset now)
    {
        if (_walk.Next(order, now) is { } next)
            _moving[order.Uuid] = next;
        else
            _moving.Remove(order.Uuid);

        var (before, statuses) = (order.Statuses.Count, _walk.Statuses(order, now));
        if (before == statuses.Count)
            return order;

        order = order with { Statuses = statuses };
        ledger.Save(System, order.Uuid, order);
        foreach (var status in statuses.SkipLast(before).Reverse())
            news.Tell(order, status);
        return order;
    }

    CdekFault? Taken(string? number) => number is not null && Orders(number).Any(order => order.IsAlive)
        ? new CdekFault("error_validate_im_dep_number_has_already_had_integration", $"A shipment with the number {number} exists already")
        : null;

    List<CdekOrder> Orders(string number) => [.. Uuids(number).Select(uuid => ledger.Find<CdekOrder>(System, uuid)).OfType<CdekOrder>()];

    List<string> Uuids(string number) => _uuidsByNumber.TryGetValue(number, out var uuids) ? uuids : _uuidsByNumber[number] = [];

    static Dictionary<string, List<string>> Index(IEnumerable<CdekOrder> orders) => orders
        .Where(order => order.Number is not null)
        .GroupBy(order => order.Number!)
        .ToDictionary(same => same.Key, same => same.OrderBy(order => order.TakenAt).Select(order => order.Uuid).ToList());

    static async Task<JsonObject?> Body(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            return await JsonNode.ParseAsync(request.Body, cancellationToken: cancellation) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Section <c>Sandbox:Cdek</c>.</summary>
sealed record CdekSandboxOptions
{
    public const string Section = "Sandbox:Cdek";

    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often it is seen to whether there is something to tell.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>From an answer that was not 200 to the end of the subscription.</summary>
    public TimeSpan SubscriptionGrace { get; init; } = TimeSpan.FromHours(24);
}
