using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Delivery;

/// <summary>Puts the token on each request, and asks once more with a new one when CDEK no longer knows it.</summary>
sealed class CdekAuthorization(CdekToken token, IOptions<CdekOptions> options) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var value = await token.Value(Fetch, cancellationToken);
        var response = await Send(request, value, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized)
            return response;

        // Nothing was done under a token that CDEK does not know, so this is safe for a booking too.
        response.Dispose();
        return await Send(request, await token.Value(Fetch, cancellationToken, refused: value), cancellationToken);
    }

    Task<HttpResponseMessage> Send(HttpRequestMessage request, string value, CancellationToken cancellation)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", value);
        return base.SendAsync(request, cancellation);
    }

    async Task<CdekGrant> Fetch(CancellationToken cancellation)
    {
        var address = new Uri(options.Value.BaseAddress!.AbsoluteUri.TrimEnd('/') + "/oauth/token");
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = options.Value.ClientId!,
                ["client_secret"] = options.Value.ClientSecret!,
            }),
        };
        using var response = await base.SendAsync(request, cancellation);
        if (response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new RejectedException(
                $"CDEK gave no token at {address}: it answered {(int)response.StatusCode} to the account. Nothing was booked or cancelled. " +
                $"Check {CdekOptions.Section}:{nameof(CdekOptions.ClientId)} and {nameof(CdekOptions.ClientSecret)}, then retry the message.");
        }

        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException(
                $"CDEK gave no token at {address}: it answered {(int)response.StatusCode}. Nothing was booked or cancelled; the message is tried again.",
                null, response.StatusCode);
        }

        return (await response.Content.ReadFromJsonAsync<CdekGrant>(CdekClient.Json, cancellation))!;
    }
}
