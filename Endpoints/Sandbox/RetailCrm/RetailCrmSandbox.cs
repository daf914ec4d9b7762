using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>The order management system RetailCRM, API v5: the routes, the key, the limit of requests.</summary>
sealed class RetailCrmSandbox(RetailCrmBook book, Levers levers, IOptions<RetailCrmSandboxOptions> options) : IDisposable
{
    public const string System = "retailcrm";
    public const string ApiKey = "sandbox-api-key";
    public const string Shop = "sandbox-shop";

    readonly FixedWindowRateLimiter _limit = new(new()
    {
        PermitLimit = options.Value.RequestsPerSecond,
        Window = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    public void Map(RouteGroupBuilder group)
    {
        group.WithMetadata(new VendorFault(RetailCrmAnswers.InternalError));
        group.AddEndpointFilter(Admitted);
        group.MapPost("/orders/create", Create);
        group.MapPost("/orders/{key}/edit", Edit);
        group.MapPost("/orders/payments/{id:long}/edit", EditPayment);
        group.MapGet("/orders/{key}", Read);
        group.MapGet("/orders/history", History);
        group.MapGet("/reference/statuses", Statuses);
    }

    public void Dispose() => _limit.Dispose();

    async ValueTask<object?> Admitted(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        using var permit = _limit.AttemptAcquire();
        if (!permit.IsAcquired)
            return RetailCrmAnswers.Error(StatusCodes.Status429TooManyRequests, "Rate limit exceeded");

        var http = context.HttpContext;
        var request = await RetailCrmRequest.Read(http.Request);
        var key = http.Request.Headers.TryGetValue("X-API-KEY", out var header) ? header.ToString() : request["apiKey"];
        if (key != ApiKey)
            return RetailCrmAnswers.Error(StatusCodes.Status403Forbidden, "Wrong \"apiKey\" value.");

        http.Features.Set(request);
        return await next(context);
    }

    IResult Create(HttpContext context)
    {
        var request = Request(context);
        if (request.Entity("order") is not { } order)
            return RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Parameter 'order' is missing");
        if (Site(request) is not { } site)
            return UnknownSite();
        if (RetailCrmRules.Faults(order).ToList() is { Count: > 0 } faults)
            return RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Errors in the entity format", faults);
        if (levers.Refusal(System, context) is { } reason)
            return RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Validation error", ("order", reason));

        return book.Create(site, order, goodsGone: levers.OutOfStock(System, context)) is { } created
            ? RetailCrmAnswers.Success(new() { ["id"] = created.Id, ["order"] = RetailCrmAnswers.Order(created) }, StatusCodes.Status201Created)
            : RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Order already exists.");
    }

    IResult Edit(HttpContext context, string key)
    {
        var request = Request(context);
        if (request.Entity("order") is not { } change)
            return RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Parameter 'order' is missing");
        if (Site(request) is not { } site)
            return UnknownSite();
        if (RetailCrmRules.FaultsOfEdit(change).ToList() is { Count: > 0 } faults)
            return RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Errors in the entity format", faults);

        // A change of what is ordered is examined like a new order; whatever else changes, the account's people decide.
        if (change["items"] is not null && levers.Refusal(System, context) is { } reason)
            return RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Validation error", ("order", reason));

        return book.Edit(site, request["by"], key, change, goodsGone: change["items"] is not null && levers.OutOfStock(System, context)) switch
        {
            (null, _) => RetailCrmAnswers.NotFound(),
            (_, { } fault) => RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Errors in the entity format", fault),
            ({ } order, _) => RetailCrmAnswers.Success(new() { ["id"] = order.Id, ["status"] = order.Status, ["order"] = RetailCrmAnswers.Order(order) }),
        };
    }

    IResult EditPayment(HttpContext context, long id)
    {
        if (Request(context).Entity("payment") is not { } change)
            return RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Parameter 'payment' is missing");
        if ((string?)change["status"] is { } status && !RetailCrmRules.PaymentStatuses.Contains(status))
            return RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Errors in the entity format", ("status", $"Payment status {status} does not exist."));

        return book.EditPayment(id, change) ? RetailCrmAnswers.Success(new() { ["id"] = id }) : RetailCrmAnswers.NotFound();
    }

    IResult Read(HttpContext context, string key)
    {
        var request = Request(context);
        return Site(request) is not { } site ? UnknownSite()
            : book.Find(site, request["by"], key) is { } order ? RetailCrmAnswers.Success(new() { ["order"] = RetailCrmAnswers.Order(order) })
            : RetailCrmAnswers.NotFound();
    }

    IResult History(HttpContext context)
    {
        var request = Request(context);
        var since = Number(request["filter[sinceId]"]) ?? 0;
        var limit = (int)(Number(request["limit"]) ?? 20);
        var from = DateTimeOffset.TryParse(request["filter[startDate]"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant) ? instant : DateTimeOffset.MinValue;
        var found = book.History(since, from);
        return RetailCrmAnswers.Success(new()
        {
            ["generatedAt"] = RetailCrmAnswers.Instant(book.Now),
            ["history"] = new JsonArray([.. found.Take(limit).Select(line => RetailCrmAnswers.Change(line.Order, line.Change))]),
            ["pagination"] = new JsonObject
            {
                ["limit"] = limit,
                ["totalCount"] = found.Count,
                ["currentPage"] = 1,
                ["totalPageCount"] = (found.Count + limit - 1) / limit,
            },
        });
    }

    static IResult Statuses() => RetailCrmAnswers.Success(new()
    {
        ["statuses"] = new JsonObject(RetailCrmStatuses.GroupOf.Select(status => KeyValuePair.Create<string, JsonNode?>(
            status.Key, new JsonObject { ["code"] = status.Key, ["name"] = status.Key, ["group"] = status.Value, ["active"] = true }))),
    });

    /// <summary>A key with access to one site need not name it.</summary>
    static string? Site(RetailCrmRequest request) => request["site"] is { } site && site != Shop ? null : Shop;

    static IResult UnknownSite() => RetailCrmAnswers.Error(StatusCodes.Status400BadRequest, "Errors in the entity format", ("site", "Site is not found."));

    static RetailCrmRequest Request(HttpContext context) => context.Features.GetRequiredFeature<RetailCrmRequest>();

    static long? Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>Section <c>Sandbox:RetailCrm</c>.</summary>
sealed record RetailCrmSandboxOptions
{
    public const string Section = "Sandbox:RetailCrm";

    /// <summary>The real system takes 10; the default lets a demo with many orders through.</summary>
    public int RequestsPerSecond { get; init; } = 5000;
}
