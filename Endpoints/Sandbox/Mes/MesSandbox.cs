using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.Mes;

/// <summary>A manufacturing system that prices models in long-running jobs, asked for with an idempotency key.</summary>
/// <remarks>
/// A model whose address contains "unprintable" is refused at once, one with "too-thin" is found to be faulty while it is computed.
/// The price follows from the file's hash, the material and the price list, and is never above 10 000 roubles.
/// </remarks>
sealed class MesSandbox(SandboxLedger ledger, Levers levers, IOptions<SandboxOptions> options, TimeProvider time)
{
    public const string Name = "mes";
    public const string ApiKey = "sandbox-mes-key";

    const string Prices = "mes-prices";
    const string PriceList = "2026-08";

    readonly Lock _gate = new();

    public void Map(RouteGroupBuilder mes)
    {
        mes.AddEndpointFilter(static (call, next) => call.HttpContext.Request.Headers.Authorization == $"Bearer {ApiKey}"
            ? next(call)
            : ValueTask.FromResult<object?>(Unauthorized(call.HttpContext)));
        mes.WithMetadata(new VendorFault(new { type = "about:blank", title = "Internal Server Error", status = 500 }));

        mes.MapPost("/price-calculations", (Delegate)Create);
        mes.MapGet("/price-calculations/{id}", Find);
        mes.MapDelete("/price-calculations/{id}", Cancel);
    }

    async Task<IResult> Create(HttpContext http)
    {
        // A structured-field string comes in quotes; the bare form is taken too.
        var key = http.Request.Headers["Idempotency-Key"].ToString().Trim('"');
        if (key == "")
            return Problem(400, "idempotency-key-missing", "POST needs the header Idempotency-Key.");

        MesRequest? request;
        try
        {
            request = await http.Request.ReadFromJsonAsync<MesRequest>(http.RequestAborted);
        }
        catch (JsonException malformed)
        {
            return Problem(400, "malformed", malformed.Message);
        }

        return request is { Model: { Url: not (null or ""), Sha256.Length: 64 }, Material: not (null or ""), Quantity: > 0 }
            ? Take(http, key, request)
            : Problem(400, "incomplete", "model.url, model.sha256 (64 hex digits), material and quantity (1 or more) are required.");
    }

    IResult Take(HttpContext http, string key, MesRequest request)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            var id = "pc_" + Hash(key)[..26];
            if (ledger.Find<MesJob>(Name, id) is { } known)
            {
                return known.Request == request
                    ? Created(http, known)
                    : Problem(422, "idempotency-key-reused", $"The key {key} was used with another request.");
            }

            if (levers.Refusal(Name, http, "no machine takes this model") is { } reason)
                return Problem(422, "model-refused", reason);
            if (request.Model!.Url!.Contains("unprintable", StringComparison.Ordinal))
                return Problem(422, "model-refused", "The model is not a closed surface and can't be printed.");

            var job = new MesJob
            {
                Id = id, IdempotencyKey = key, Request = request, CreatedAt = now, ReadyAt = ReadyAt(request, now), UnitPrice = UnitPrice(request),
                Fault = request.Model.Url.Contains("too-thin", StringComparison.Ordinal) ? "A wall is thinner than 0.3 mm and would break." : null,
            };
            ledger.Save(Name, id, job);
            return Created(http, job);
        }
    }

    /// <summary>A repeated request gets the first answer again, word for word.</summary>
    static IResult Created(HttpContext http, MesJob job)
    {
        http.Response.Headers.Location = $"{http.Request.PathBase}{http.Request.Path}/{job.Id}";
        var known = job.ReadyAt <= job.CreatedAt;
        if (!known)
            http.Response.Headers.RetryAfter = RetryAfter(job, job.CreatedAt);

        return Results.Json(View(job with { CanceledAt = null }, job.CreatedAt), statusCode: known ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    IResult Find(HttpContext http, string id)
    {
        var now = time.GetUtcNow();
        if (ledger.Find<MesJob>(Name, id) is not { } job)
            return Problem(404, "unknown", $"There is no computation {id}.");

        if (job.Status(now) is "queued" or "running")
            http.Response.Headers.RetryAfter = RetryAfter(job, now);
        return Results.Json(View(job, now));
    }

    IResult Cancel(string id)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (ledger.Find<MesJob>(Name, id) is not { } job)
                return Problem(404, "unknown", $"There is no computation {id}.");
            if (job.Status(now) is "succeeded" or "failed")
                return Problem(409, "ended", $"The computation {id} has ended: {job.Status(now)}.");

            if (job.CanceledAt is null)
                ledger.Save(Name, id, job with { CanceledAt = now });
            return Results.NoContent();
        }
    }

    /// <summary>Who asks for a piece that is being computed waits for the same computation.</summary>
    DateTimeOffset ReadyAt(MesRequest request, DateTimeOffset now)
    {
        var piece = Piece(request);
        if (ledger.Find<MesPrice>(Prices, piece) is { } known)
            return known.ReadyAt < now ? now : known.ReadyAt;

        var ready = now + options.Value.Paced(options.Value.MesJob);
        ledger.Save(Prices, piece, new MesPrice(ready));
        return ready;
    }

    static object View(MesJob job, DateTimeOffset now) => job.Status(now) switch
    {
        "succeeded" => new
        {
            job.Id, Status = "succeeded", job.CreatedAt, Progress = 1m,
            Result = new { UnitPrice = new { Amount = job.UnitPrice, Currency = "RUB" }, PriceListVersion = PriceList },
            ExpiresAt = job.ReadyAt.AddDays(1),
        },
        "failed" => new
        {
            job.Id, Status = "failed", job.CreatedAt, Progress = 1m,
            Error = new { Type = "urn:mes:problem:model-refused", Title = "Unprocessable Content", Status = 422, Detail = job.Fault },
        },
        var status => new { job.Id, Status = status, job.CreatedAt, EstimatedCompletionAt = job.ReadyAt, Progress = job.Progress(now) },
    };

    static string RetryAfter(MesJob job, DateTimeOffset now) => $"{Math.Max(1, (int)Math.Ceiling((job.ReadyAt - now).TotalSeconds))}";

    static decimal UnitPrice(MesRequest request) =>
        (BinaryPrimitives.ReadUInt32BigEndian(Convert.FromHexString(Piece(request))) % 950_000 + 50_000) / 100m;

    static string Piece(MesRequest request) => Hash($"{request.Model!.Sha256!.ToLowerInvariant()}\n{request.Material}\n{PriceList}");

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    static IResult Unauthorized(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return Problem(401, "unauthorized", "The API key is missing or wrong.");
    }

    static IResult Problem(int status, string type, string detail) =>
        Results.Problem(detail, statusCode: status, type: $"urn:mes:problem:{type}");
}
