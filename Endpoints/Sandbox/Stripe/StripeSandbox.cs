using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>The other side of Stripe's payment intents and refunds.</summary>
/// <remarks>
/// Saved methods are all <c>pm_…</c>, among them Stripe's test cards (<see cref="StripeCards"/>).
/// <c>POST /control/stripe/orders/A-1/return-refund</c> has the bank return the last refund. The lever <c>refuse</c> takes decline codes, and <c>rate_limit</c> (429) and <c>api_error</c> (a 500 that is kept under its key).
/// </remarks>
sealed class StripeSandbox(SandboxLedger ledger, StripeEvents events, Levers levers, TimeProvider time, IOptions<SandboxOptions> options)
{
    public const string SecretKey = "sk_test_sandbox";

    readonly Lock _gate = new();
    readonly StripeKeys _keys = new(ledger, time);
    readonly StripeBook _book = new(ledger, events, time, options.Value.Paced(options.Value.HoldExpiry));

    public void Map(RouteGroupBuilder group)
    {
        group.WithMetadata(new VendorFault(new { error = new { type = "api_error", message = "Something went wrong on Stripe's end." } }));
        group.AddEndpointFilter(Authorise);

        group.MapPost("/payment_intents", (HttpContext context, CancellationToken cancellation) => Once(
            context,
            [
                "amount", "currency", "capture_method", "confirm", "confirmation_method", "customer", "description", "metadata", "off_session", "payment_method",
                "payment_method_types", "automatic_payment_methods", "receipt_email", "return_url", "statement_descriptor_suffix",
            ],
            (form, key, refusal) => Shown(_book.Create(form, key, refusal), form), cancellation));
        group.MapPost("/payment_intents/{id}/confirm", (HttpContext context, string id, CancellationToken cancellation) => Once(
            context, ["payment_method", "return_url", "off_session"],
            (form, key, refusal) => Shown(_book.Confirm(_book.Find(id), form, key, refusal), form), cancellation));
        group.MapPost("/payment_intents/{id}/capture", (HttpContext context, string id, CancellationToken cancellation) => Once(
            context, ["amount_to_capture", "final_capture", "metadata", "statement_descriptor_suffix"],
            (form, key, refusal) => Shown(_book.Capture(_book.Find(id), form, key, refusal), form), cancellation));
        group.MapPost("/payment_intents/{id}/cancel", (HttpContext context, string id, CancellationToken cancellation) => Once(
            context, ["cancellation_reason"],
            (form, key, refusal) => Shown(_book.Cancel(_book.Find(id), form, key, refusal), form), cancellation));
        group.MapPost("/refunds", (HttpContext context, CancellationToken cancellation) => Once(
            context, ["payment_intent", "charge", "amount", "reason", "metadata"],
            (form, key, refusal) => StripeWire.Refund(_book.Refund(form, key, refusal)), cancellation));

        group.MapGet("/payment_intents", (HttpRequest request) => Read(request, ["customer"], form => StripeLists.Page(
            "/v1/payment_intents", _book.All().Where(intent => form.Text("customer") is not { } customer || intent.Customer == customer),
            intent => (intent.Id, intent.CreatedAt), intent => StripeWire.Intent(intent, StripeLists.WithCharge(form, "data.")), form)));
        group.MapGet("/payment_intents/search", (HttpRequest request) => Read(request, ["query", "page"], form => StripeLists.Search(_book.All(), form)));
        group.MapGet("/payment_intents/{id}", (HttpRequest request, string id) => Read(request, ["client_secret"], form => Shown(_book.Find(id), form)));
        group.MapGet("/refunds", (HttpRequest request) => Read(request, ["payment_intent", "charge"], form => StripeLists.Page(
            "/v1/refunds",
            _book.Refunds().Where(refund => (form.Text("payment_intent") ?? refund.PaymentIntent, form.Text("charge") ?? refund.Charge) == (refund.PaymentIntent, refund.Charge)),
            refund => (refund.Id, refund.CreatedAt), StripeWire.Refund, form)));
        group.MapGet("/refunds/{id}", (HttpRequest request, string id) => Read(request, [], _ => StripeWire.Refund(
            _book.Refunds().FirstOrDefault(refund => refund.Id == id) ?? throw StripeRefusal.Missing("refund", id, param: "id"))));
        group.MapGet("/events", (HttpRequest request) => Read(request, ["type"], form => StripeLists.Page(
            "/v1/events", events.All().Where(happened => form.Text("type") is not { } type || happened.GetProperty("type").GetString() == type),
            happened => (happened.GetProperty("id").GetString()!, DateTimeOffset.FromUnixTimeSeconds(happened.GetProperty("created").GetInt64())),
            happened => happened, form)));
        group.MapGet("/events/{id}", (HttpRequest request, string id) => Read(request, [], _ =>
            ledger.Find<object>(StripeEvents.System, id) ?? throw StripeRefusal.Missing("event", id, param: "id")));
    }

    public void MapControl(RouteGroupBuilder group) => group.MapPost("/orders/{order}/return-refund", (string order, string? reason) =>
    {
        lock (_gate)
            return _book.ReturnRefund(order, reason ?? "expired_or_canceled_card") is { } returned ? Results.Json(StripeWire.Refund(returned), StripeWire.Json) : Results.NotFound();
    });

    /// <summary>Bearer, or Basic with the key as user and no password; both are Stripe's.</summary>
    static async ValueTask<object?> Authorise(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        context.Response.Headers["Request-Id"] = $"req_{Guid.NewGuid():N}"[..18];
        context.Response.Headers["Stripe-Version"] = context.Request.Headers["Stripe-Version"].ToString() is { Length: > 0 } asked ? asked : StripeWire.Version;
        var given = context.Request.Headers.Authorization.ToString();
        return given == $"Bearer {SecretKey}" || given == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{SecretKey}:"))
            ? await next(invocation)
            : Answer(context, new StripeRefusal(
                given.Length == 0 ? "You did not provide an API key." : "Invalid API Key provided.", StatusCodes.Status401Unauthorized));
    }

    /// <summary>Acts once for a key; the same request under the same key gets the same answer, whatever it was.</summary>
    async Task<IResult> Once(HttpContext context, string[] known, Func<StripeForm, string, string?, object> act, CancellationToken cancellation)
    {
        var key = context.Request.Headers["Idempotency-Key"].ToString();
        string? begun = null;
        try
        {
            var form = await StripeForm.Of(context.Request, known, cancellation);
            var request = $"{context.Request.Path}\n{form.Fingerprint}";
            if (key.Length > 0 && _keys.Begin(key, request) is { } used)
            {
                context.Response.Headers["Idempotent-Replayed"] = "true";
                context.Response.Headers["Original-Request"] = used.RequestId;
                return Results.Content(used.Answer, "application/json", Encoding.UTF8, used.Status);
            }

            begun = key;
            await Task.Delay(options.Value.Paced(options.Value.StripeCall), time, cancellation);
            lock (_gate)
                return Keep(context, key, request, () => act(form, key, Refusal(context)));
        }
        catch (StripeRefusal refusal)
        {
            return Answer(context, refusal);
        }
        finally
        {
            if (begun is not null)
                _keys.End(begun);
        }
    }

    IResult Keep(HttpContext context, string key, string request, Func<object> act)
    {
        var (status, requestId) = (StatusCodes.Status200OK, context.Response.Headers["Request-Id"].ToString());
        object body;
        try
        {
            body = act();
        }
        catch (StripeRefusal refusal) when (refusal.IsKept)
        {
            (status, body) = (refusal.Status, StripeWire.Error(refusal, requestId));
        }

        if (key.Length > 0)
            _keys.Keep(key, request, status, JsonSerializer.Serialize(body, StripeWire.Json), requestId);
        return Results.Json(body, StripeWire.Json, statusCode: status);
    }

    IResult Read(HttpRequest request, string[] known, Func<StripeForm, object> read)
    {
        try
        {
            var form = StripeForm.Of(request.Query, [.. known, "limit", "created", "starting_after"]);
            lock (_gate)
                return Results.Json(read(form), StripeWire.Json);
        }
        catch (StripeRefusal refusal)
        {
            return Answer(request.HttpContext, refusal);
        }
    }

    string? Refusal(HttpContext context) => levers.Refusal(StripeBook.System, context, "generic_decline") switch
    {
        "rate_limit" => throw new StripeRefusal("Request rate limit exceeded.", StatusCodes.Status429TooManyRequests) { Code = "rate_limit" },
        "api_error" => throw new StripeRefusal("Something went wrong on Stripe's end.", StatusCodes.Status500InternalServerError, "api_error") { IsKept = true },
        var reason => reason,
    };

    static object Shown(SandboxIntent intent, StripeForm form) => StripeWire.Intent(intent, StripeLists.WithCharge(form));

    static IResult Answer(HttpContext context, StripeRefusal refusal)
    {
        if (refusal.Status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = "1";
        return Results.Json(StripeWire.Error(refusal, context.Response.Headers["Request-Id"].ToString()), StripeWire.Json, statusCode: refusal.Status);
    }
}
