using System.Globalization;
using System.Text.Json;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Forms;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Shop.Forms;
using Dovetail.Endpoints.Shop.Idempotency;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Shop;

/// <summary>What clients may do with their orders.</summary>
sealed partial class OrderRoutes(Acceptance acceptance, IDbContextFactory<ShopDb> contexts, SharedWrites writes, TimeProvider time, ILogger<OrderRoutes> logger)
{
    const int LongestReason = 500;
    const string DefaultReason = "the shop asked for it";

    public async Task<IResult> Place(HttpContext http, ITransactionalSession session)
    {
        var cancellation = http.RequestAborted;
        var (request, refusal) = await KeyedRequest.Read(http, "POST /v1/orders");
        if (request is null) return refusal!;
        if (JsonBody.Parse(request.Body, out var malformed) is not { } json) return malformed!;
        var (form, faults) = OrderForm.Read(json);
        if (faults.Count > 0) return JsonBody.Faulty("order", faults);

        var order = new PlaceOrder(
            form.OrderId ?? Numbers.OrderId(), Numbers.TrackingId(), request.Client, time.GetUtcNow(), form.Customer, form.Lines,
            form.Destination, form.AgreedTotal, form.PointsToSpend, form.PaymentMethod);
        var answer = Accepted.Of(Links.Order(order.OrderId), ReceiptView.Of(order.OrderId, ReceiptView.Accepted, order.TrackingId));
        try
        {
            var result = await acceptance.Once(request, answer, session, async () =>
            {
                writes.Add(session.SynchronizedStorageSession, order.OrderId,
                    $"INSERT INTO ShopOrders (OrderId, Client, TrackingId, PlacedAt, Content) VALUES ({order.OrderId}, {order.Client}, {order.TrackingId}, {order.PlacedAt}, {JsonSerializer.Serialize(order)})");
                await session.Send(order, cancellation);
            }, cancellation);
            if (ReferenceEquals(result, answer)) WasAccepted(order.OrderId, order.Client);
            return result;
        }
        catch (Exception failure) when (Duplicates.Caused(failure) && !cancellation.IsCancellationRequested)
        {
            return Problem.Of(StatusCodes.Status409Conflict,
                $"There is an order {order.OrderId} already, which another request placed; nothing was done now. " +
                "If this is a new order, send it with a number that was never used, or without one. If you meant to repeat the earlier request, send its Idempotency-Key.");
        }
    }

    public async Task<IResult> Cancel(string id, HttpContext http, ITransactionalSession session)
    {
        var (request, refusal) = await KeyedRequest.Read(http, "POST /v1/orders/{id}/cancel");
        if (request is null) return refusal!;
        if (await Find(id, http.RequestAborted) is not { } order || order.Client != request.Client) return Unknown(id);

        var reason = DefaultReason;
        if (request.Body.Length > 0)
        {
            if (JsonBody.Parse(request.Body, out var malformed) is not { } json) return malformed!;
            var fields = new Fields(json);
            reason = fields.OptionalText("reason", LongestReason) ?? DefaultReason;
            fields.NothingElse();
            if (fields.Faults.Count > 0) return JsonBody.Faulty("cancellation", fields.Faults);
        }

        var answer = Accepted.Of(Links.Journey(id), ReceiptView.Of(id, ReceiptView.Cancelling, order.TrackingId));
        return await acceptance.Once(request, answer, session, () => session.Send(new CancelOrder(id, reason), http.RequestAborted), http.RequestAborted);
    }

    /// <summary>Whether so much is left the process knows, and the journey tells.</summary>
    public async Task<IResult> Refund(string id, HttpContext http, ITransactionalSession session)
    {
        var (request, refusal) = await KeyedRequest.Read(http, "POST /v1/orders/{id}/refunds");
        if (request is null) return refusal!;
        if (await Find(id, http.RequestAborted) is not { } row) return Unknown(id);
        if (JsonBody.Parse(request.Body, out var malformed) is not { } json) return malformed!;
        var order = JsonSerializer.Deserialize<PlaceOrder>(row.Content)!;
        var (form, faults) = RefundForm.Read(json, order.AgreedTotal.Currency);
        if (faults.Count > 0) return JsonBody.Faulty("refund", faults);

        var wish = new RefundPart(id, Numbers.RefundId(), form.Amount, form.Reason, request.Client, order.Customer, row.TrackingId, row.Client, form.Lines);
        var answer = Accepted.Of(Links.Journey(id), RefundReceiptView.Of(wish));
        var result = await acceptance.Once(request, answer, session, () => session.Send(wish, http.RequestAborted), http.RequestAborted);
        if (ReferenceEquals(result, answer)) RefundWasAsked(wish.RefundId, id, request.Client);
        return result;
    }

    /// <summary>The customer hears of it who agreed to offers, and nobody else: that is for CustomerNotification to find out.</summary>
    public async Task<IResult> Offer(string id, HttpContext http, ITransactionalSession session)
    {
        var (request, refusal) = await KeyedRequest.Read(http, "POST /v1/orders/{id}/offers");
        if (request is null) return refusal!;
        if (await Find(id, http.RequestAborted) is not { } row || row.Client != request.Client) return Unknown(id);
        if (JsonBody.Parse(request.Body, out var malformed) is not { } json) return malformed!;
        var (form, faults) = OfferForm.Read(json);
        if (faults.Count > 0) return JsonBody.Faulty("offer", faults);

        var offerId = Numbers.OfferId();
        var letter = new NotifyCustomer(
            id, $"{id}/letter-{NotificationKind.Offer}/{offerId}", NotificationKind.Offer, JsonSerializer.Deserialize<PlaceOrder>(row.Content)!.Customer, row.TrackingId,
            new Dictionary<string, string> { ["title"] = form.Title, ["text"] = form.Text }, row.Client);
        return await acceptance.Once(
            request, Accepted.Of(Links.Order(id), OfferReceiptView.Of(id, offerId)), session, () => session.Send(letter, http.RequestAborted), http.RequestAborted);
    }

    /// <summary>Needs no key: to ask a system twice is harmless.</summary>
    public async Task<IResult> Resume(string id, bool settled, HttpContext http, ITransactionalSession session)
    {
        if (await Find(id, http.RequestAborted) is not { } order) return Unknown(id);

        await session.Open(new SqlPersistenceOpenSessionOptions(), http.RequestAborted);
        await session.Send(new ResumeOrder(id, http.User.Client(), settled), http.RequestAborted);
        await session.Commit(http.RequestAborted);
        WasResumed(id, http.User.Client(), settled);
        return Accepted.Of(Links.Journey(id), ReceiptView.Of(id, ReceiptView.Resuming, order.TrackingId));
    }

    public async Task<IResult> Show(string id, HttpContext http) =>
        await Find(id, http.RequestAborted) is { } order && order.Client == http.User.Client()
            ? new Tagged(OrderView.Of(JsonSerializer.Deserialize<PlaceOrder>(order.Content)!))
            : Unknown(id);

    public async Task<IResult> List(HttpContext http, string? cursor, string? wanted)
    {
        if (!int.TryParse(wanted ?? "50", NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > 200)
            return Problem.Of(StatusCodes.Status400BadRequest, $"limit is {wanted}: send a number from 1 to 200, or leave it out for 50.");
        var after = cursor is null ? null : Page.Parse(cursor);
        if (cursor is not null && after is null)
            return Problem.Of(StatusCodes.Status400BadRequest, "cursor is not one that this list gave out: take it from nextCursor of the page before, or leave it out to begin at the newest order.");

        var client = http.User.Client();
        await using var context = await contexts.CreateDbContextAsync(http.RequestAborted);
        var orders = context.Orders.AsNoTracking().Where(row => row.Client == client);
        if (after is { PlacedAt: var at, OrderId: var id }) orders = orders.Where(row => row.PlacedAt < at || (row.PlacedAt == at && row.OrderId.CompareTo(id) < 0));
        var page = await orders.OrderByDescending(row => row.PlacedAt).ThenByDescending(row => row.OrderId).Take(limit + 1).ToListAsync(http.RequestAborted);

        var next = page.Count > limit ? new Page(page[limit - 1].PlacedAt, page[limit - 1].OrderId).Cursor : null;
        http.Response.Headers.Append("Link", $"</v1/orders?limit={limit}>; rel=\"first\"");
        if (next is not null) http.Response.Headers.Append("Link", $"</v1/orders?limit={limit}&cursor={next}>; rel=\"next\"");
        return TypedResults.Ok(new OrderList([.. page.Take(limit).Select(OrderSummary.Of)], next));
    }

    static IResult Unknown(string id) => Problem.Of(StatusCodes.Status404NotFound, $"There is no order {id} of yours: check the number, and that you use the key of the client that placed it.");

    async Task<OrderRow?> Find(string id, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.Orders.AsNoTracking().SingleOrDefaultAsync(row => row.OrderId == id, cancellation);
    }

    [LoggerMessage(LogLevel.Information, "Order {OrderId} of client {Client} was accepted.")]
    partial void WasAccepted(string orderId, string client);

    [LoggerMessage(LogLevel.Information, "Refund {RefundId} of order {OrderId} was asked for by client {Client}.")]
    partial void RefundWasAsked(string refundId, string orderId, string client);

    [LoggerMessage(LogLevel.Information, "Order {OrderId} was told to go on by client {Client} (settled by hand: {Settled}).")]
    partial void WasResumed(string orderId, string client, bool settled);
}
