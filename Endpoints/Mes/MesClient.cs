using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Mes;

/// <summary>The manufacturing system's API of price computations: asked for with an idempotency key, then followed by id.</summary>
sealed class MesClient(HttpClient http, IOptions<MesOptions> options)
{
    const string Path = "price-calculations";

    /// <returns>The computation, running or done; status <c>refused</c> when the MES does not take the model at all.</returns>
    public async Task<PriceJob> Request(Model model, int quantity, string key, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = JsonContent.Create(new { model = new { url = model.Url, sha256 = model.Sha256 }, material = model.Material, quantity }),
        };

        // A structured-field string: in quotes, with these two escaped.
        request.Headers.Add("Idempotency-Key", $"\"{key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");

        using var response = await Send(request, cancellation);
        if (response.IsSuccessStatusCode)
        {
            var job = await Read<PriceJob>(response, $"operation {key}", cancellation);
            return job with { Id = job.Id ?? response.Headers.Location?.OriginalString.Split('/')[^1] };
        }

        var problem = await Problem(response, cancellation);
        return response.StatusCode == HttpStatusCode.UnprocessableEntity && problem.Type?.EndsWith("idempotency-key-reused", StringComparison.Ordinal) != true
            ? new PriceJob(null, "refused", 0, null, problem)
            : throw Failure(response, problem, $"operation {key}");
    }

    /// <returns>The computation as it stands; <c>expired</c> when the MES no longer knows it.</returns>
    public async Task<PriceJob> Find(string jobId, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}/{Uri.EscapeDataString(jobId)}");
        using var response = await Send(request, cancellation);
        return response.StatusCode switch
        {
            HttpStatusCode.NotFound => new PriceJob(jobId, "expired", 0, null, null),
            _ when response.IsSuccessStatusCode => await Read<PriceJob>(response, $"computation {jobId}", cancellation),
            _ => throw Failure(response, await Problem(response, cancellation), $"computation {jobId}"),
        };
    }

    /// <summary>Ends the computation; that it had ended already, or is forgotten, is as good.</summary>
    public async Task Cancel(string jobId, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"{Path}/{Uri.EscapeDataString(jobId)}");
        Resilience.MarkRepeatable(request);

        using var response = await Send(request, cancellation);
        if (!response.IsSuccessStatusCode && response.StatusCode is not (HttpStatusCode.Conflict or HttpStatusCode.NotFound))
            throw Failure(response, await Problem(response, cancellation), $"computation {jobId}");
    }

    Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken cancellation)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Value.ApiKey);
        return http.SendAsync(request, cancellation);
    }

    static async Task<T> Read<T>(HttpResponseMessage response, string what, CancellationToken cancellation) =>
        await response.Content.ReadFromJsonAsync<T>(cancellation)
        ?? throw new HttpRequestException($"The MES answered {what} with nothing. The message is tried again.");

    static async Task<MesProblem> Problem(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<MesProblem>(cancellation) ?? new(null, null, null);
        }
        catch (JsonException)
        {
            return new(null, response.ReasonPhrase, null);
        }
    }

    // 409 to a POST: the first request with this key is still being worked on.
    static Exception Failure(HttpResponseMessage response, MesProblem problem, string what) => response.StatusCode switch
    {
        HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
            new HttpRequestException(
                $"The MES could not deal with {what}: {(int)response.StatusCode} {problem.Title} {problem.Detail}. It may have acted; " +
                "the message is tried again under the same key.", null, response.StatusCode),
        _ => new RejectedException(
            $"The MES does not take the request for {what}: {(int)response.StatusCode} {problem.Title} {problem.Detail} ({problem.Type}). " +
            "Asking again gives the same answer. Check Mes:BaseAddress and Mes:ApiKey, then retry the message."),
    };
}

/// <summary>Section <c>Mes</c>.</summary>
sealed class MesOptions : ConnectorOptions
{
    public string? ApiKey { get; set; }

    protected override IEnumerable<(string Key, string? Value)> Required() => [(nameof(ApiKey), ApiKey)];
}

/// <param name="Progress">Between 0 and 1.</param>
sealed record PriceJob(string? Id, string? Status, decimal Progress, PriceJobResult? Result, MesProblem? Error);

sealed record PriceJobResult(MesMoney? UnitPrice);

sealed record MesMoney(decimal Amount, string Currency);

sealed record MesProblem(string? Type, string? Title, string? Detail);

/// <summary>Asks for a computation that does not exist: the answer shows that the MES is there and knows us.</summary>
sealed class MesHealth(MesClient mes) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await mes.Find("health-check", cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
