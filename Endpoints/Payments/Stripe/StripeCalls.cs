using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Payments.Stripe;

/// <summary>One request to Stripe and what its answer means.</summary>
/// <remarks>400, 402 and 404 are answers. 401 and 403 need a person. After everything else nobody knows whether Stripe acted.</remarks>
sealed class StripeCalls(HttpClient http, TimeProvider time)
{
    /// <summary>The version whose words this connector was written for, whatever the account's own is.</summary>
    const string Version = "2026-10-28.endive";

    const int LongestKey = 250;
    const int MostKeys = 5;

    /// <summary>How long after an operation's first call its effect shows in Stripe's lists for certain.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    /// <summary>How long is waited for another attempt that is being answered under the same key, and how often.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    const int MostPauses = 4;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="firstCall">When the operation was first sent.</param>
    /// <param name="look">Finds what the operation did, if it did it.</param>
    public async Task<(T? Value, StripeError? Error)> Post<T>(
        string path, IEnumerable<(string Name, string Value)> form, string operationId, DateTimeOffset firstCall, Func<Task<T?>> look, CancellationToken cancellation)
        where T : class
    {
        var key = IdempotenceKey.Of(operationId, LongestKey);
        var fields = form.Select(field => KeyValuePair.Create(field.Name, field.Value)).ToList();
        for (var n = 1; ; n++)
        {
            using var response = await Send(path, fields, n == 1 ? key : $"{key}#{n}", cancellation);
            if (!IsKeptFault(response))
                return await Read<T>(response, cancellation);

            // Stripe keeps an error 500 under its key as it keeps every answer, and repeats it for a day. So the effect itself is looked for;
            // if there is none although it had the time to show, the next key begins anew. The keys are counted the same way after a crash.
            if (await look() is { } done)
                return (done, null);
            if (n == MostKeys || time.GetUtcNow() - firstCall < Settling)
            {
                throw new HttpRequestException(
                    $"Stripe keeps the answer {(int)response.StatusCode} to {Call(response)} of operation {operationId}, and shows no effect of it (yet). " +
                    "The message is tried again.", null, response.StatusCode);
            }
        }
    }

    /// <returns>Null where Stripe knows no such thing.</returns>
    public async Task<T?> Get<T>(string path, CancellationToken cancellation) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await Send(request, cancellation);
        return (await Read<T>(response, cancellation)).Value;
    }

    async Task<HttpResponseMessage> Send(string path, IReadOnlyList<KeyValuePair<string, string>> fields, string key, CancellationToken cancellation)
    {
        for (var pauses = 0; ; pauses++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields) };
            request.Headers.Add("Idempotency-Key", key);
            var response = await Send(request, cancellation);
            if (response.StatusCode != HttpStatusCode.Conflict || pauses == MostPauses)
                return response;

            response.Dispose();
            await Task.Delay(Pause, time, cancellation);
        }
    }

    async Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken cancellation)
    {
        request.Headers.Add("Stripe-Version", Version);
        return await http.SendAsync(request, cancellation);
    }

    static bool IsKeptFault(HttpResponseMessage response) =>
        response.StatusCode >= HttpStatusCode.InternalServerError
        && response.Headers.TryGetValues("Idempotent-Replayed", out var replayed) && replayed.Contains("true");

    static async Task<(T? Value, StripeError? Error)> Read<T>(HttpResponseMessage response, CancellationToken cancellation) where T : class => response.StatusCode switch
    {
        HttpStatusCode.OK => (await Body<T>(response, cancellation), null),
        HttpStatusCode.BadRequest or HttpStatusCode.PaymentRequired or HttpStatusCode.NotFound => (null, Refused(await Body<StripeFault>(response, cancellation), response)),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new RejectedException(
            $"Stripe refused our credentials on {Call(response)} ({(int)response.StatusCode}), so nothing was done. " +
            "Set Payments:Stripe:SecretKey to a secret key of the account that may write payment intents and refunds, then retry the message."),
        HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or HttpStatusCode.FailedDependency or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
            throw new HttpRequestException(
                $"Stripe answered {Call(response)} with {(int)response.StatusCode}, which leaves open whether it acted or acts at this moment. " +
                "The message is tried again under the same idempotency key.", null, response.StatusCode),
        _ => throw new RejectedException(
            $"Stripe answered {Call(response)} with {(int)response.StatusCode}, which asking again will not change. Check Payments:Stripe:BaseAddress, then retry the message."),
    };

    // The key stands for one command, and the ledger saw to that: two contents under it are a fault of this program and no "no" of the bank.
    static StripeError Refused(StripeFault fault, HttpResponseMessage response) => fault.Error switch
    {
        { Type: "idempotency_error" } error => throw new RejectedException(
            $"Stripe refused the idempotency key of {Call(response)}: {error.Message} The same operation id was sent with other content before. " +
            "Compare the operation in the ledger with the payment in the account; do not resend by hand under a new id before that."),
        { } error => error,
        _ => new(Message: $"answer {(int)response.StatusCode} without a reason"),
    };

    static async Task<T> Body<T>(HttpResponseMessage response, CancellationToken cancellation) where T : class
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Json, cancellation) ?? throw new JsonException("the body is null");
        }
        catch (JsonException unreadable)
        {
            throw new HttpRequestException(
                $"Stripe answered {Call(response)} with {(int)response.StatusCode} and a body that can't be read ({unreadable.Message}), " +
                "so it is not known whether it acted. The message is tried again under the same idempotency key.", unreadable, response.StatusCode);
        }
    }

    static string Call(HttpResponseMessage response) => $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}";
}
