using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Loymax;

/// <summary>The other side of Loymax: authorization, the processing of public API v1.2, and the back office's search for purchases.</summary>
/// <remarks>Five per cent of what is paid in money comes back as points. <c>CARD-BLOCKED</c> is blocked.</remarks>
sealed class LoymaxSandbox(SandboxLedger ledger, Levers levers, TimeProvider time, IOptions<SandboxOptions> options)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    readonly Lock _gate = new();
    readonly LoymaxBook _book = new(ledger, time);
    readonly ConcurrentDictionary<string, byte> _running = [];

    public void Map(RouteGroupBuilder group)
    {
        group.WithMetadata(new VendorFault(new { result = new { state = "Fail", message = "Internal server error" } }));

        var tokens = new LoymaxTokens(_book, time);
        group.MapPost("/authorizationService/token", async (HttpRequest request, CancellationToken cancellation) =>
            tokens.Grant(await request.ReadFormAsync(cancellation)));
        group.MapGet("/authorizationService/oauth/authorize", (HttpRequest request) => tokens.Authorize(request));

        var processing = group.MapGroup("/publicapi/v1.2/Processing");
        void Operation(string path, Func<string, string, ProcessingRequest, Ended> act) =>
            processing.MapPost(path, async (HttpContext context, string? purchaseId, CancellationToken cancellation) =>
                tokens.Card(context.Request) is { } card
                    ? await Process(context, card, request => act(card, purchaseId ?? "", request), cancellation)
                    : LoymaxWire.Unauthorized());

        Operation("/Balance", (card, _, _) => Ended.Ok with { Amount = _book.Find(card)!.Balance });
        Operation("/Purchases/{purchaseId}/Calculate", _book.Calculate);
        Operation("/Purchases/{purchaseId}/Bonus/Payment", _book.WriteOff);
        Operation("/Purchases/{purchaseId}/Bonus", _book.Accrue);
        Operation("/Purchases/{purchaseId}/Confirm", (_, purchaseId, request) => _book.Confirm(purchaseId, request));
        Operation("/Purchases/{purchaseId}/Cancel", (_, purchaseId, request) => _book.Cancel(purchaseId, request));

        group.MapPost("/systemapi/api/purchases", (HttpRequest request, PurchaseSearch search) =>
            tokens.IsBackOffice(request) ? Results.Json(LoymaxWire.Success(Found(search)), Json) : LoymaxWire.Unauthorized());
    }

    async Task<IResult> Process(HttpContext context, string card, Func<ProcessingRequest, Ended> act, CancellationToken cancellation)
    {
        var request = await context.Request.ReadFromJsonAsync<ProcessingRequest>(Json, cancellation);
        if (request is null)
            return Results.Json(LoymaxWire.Error("the body is empty"), Json, statusCode: StatusCodes.Status400BadRequest);
        if (!_running.TryAdd(card, 0))
        {
            lock (_gate)
                _book.CountOverlap(card);
            return Results.Json(LoymaxWire.Operation(request, new("SystemError")), Json);
        }

        try
        {
            await Task.Delay(options.Value.LoymaxCall, time, cancellation);
            var refusal = card == "CARD-BLOCKED" ? "CardBlocked" : levers.Refusal(LoymaxBook.System, context, "BusinessError");
            lock (_gate)
                return Results.Json(LoymaxWire.Operation(request, refusal is null ? act(request) : new(refusal)), Json);
        }
        finally
        {
            _running.TryRemove(card, out _);
        }
    }

    IEnumerable<object> Found(PurchaseSearch search) => _book.Purchases()
        .Where(purchase => (search.ChequeNumber is null || purchase.ChequeNumber == search.ChequeNumber) && (search.State is null || purchase.State == search.State))
        .Skip(search.From ?? 0)
        .Take(search.Count ?? 20)
        .Select(purchase => new { purchase.Id, purchase.ChequeNumber, purchase.State, CardNumber = purchase.Card, Amount = purchase.Total });
}
