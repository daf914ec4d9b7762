using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Crm;

/// <summary>Bitrix24's authorisation server, for applications. By form: what is sent are secrets and must not stand in addresses.</summary>
sealed class Bitrix24OAuth(IHttpClientFactory clients, IOptions<Bitrix24Options> options)
{
    public const string Client = "Bitrix24 tokens";

    /// <summary>Uses the token up, and gets the next two. It is not repeated here: an answer that was lost may hold the only token that is still good.</summary>
    public async Task<(string Access, string Refresh, int Seconds)> Renew(string refreshToken)
    {
        var settings = options.Value;
        using var http = clients.CreateClient(Client);
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "refresh_token"), new("client_id", settings.ClientId), new("client_secret", settings.ClientSecret), new("refresh_token", refreshToken),
        ]);
        using var response = await Send(http, form, settings);
        var answer = await Read(response);
        if (response.IsSuccessStatusCode && answer is { Access: { Length: > 0 } access, Refresh: { Length: > 0 } refresh })
            return (access, refresh, answer.Seconds);

        throw (response.StatusCode, answer?.Error) switch
        {
            (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError, _) or (_, null or "") => new HttpRequestException(
                $"Bitrix24's authorisation server gave no token: {(int)response.StatusCode}. The message is tried again.", null, response.StatusCode),
            (_, "invalid_client") => Refused(response, answer!, "It does not know the application. Compare Crm:Bitrix24:ClientId and :ClientSecret with the application in the portal"),
            (_, "invalid_grant") => Refused(
                response, answer!,
                "The refresh token was used up elsewhere, is older than 180 days, or was withdrawn. Authorise the application in the portal anew and set Crm:Bitrix24:RefreshToken to the token that it gives"),
            _ => Refused(response, answer!, "See in the portal whether the application is installed and paid for"),
        };
    }

    static async Task<HttpResponseMessage> Send(HttpClient http, HttpContent form, Bitrix24Options settings)
    {
        try
        {
            return await http.PostAsync(settings.OAuthAddress, form);
        }
        catch (TaskCanceledException late)
        {
            throw new TimeoutException(
                $"Bitrix24's authorisation server did not answer within {settings.Timeout.TotalSeconds:0.###} s. The message is tried again; " +
                "should the server then refuse the token, authorise the application anew and set Crm:Bitrix24:RefreshToken.", late);
        }
    }

    static RejectedException Refused(HttpResponseMessage response, Answer answer, string remedy) => new(
        $"Bitrix24 lets this hub in no more: its authorisation server answered {(int)response.StatusCode} {answer.Error} \"{answer.Description}\". {remedy}, restart the hub, then retry the messages.");

    static async Task<Answer?> Read(HttpResponseMessage response)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<Answer>();
        }
        catch (JsonException)
        {
            // A gateway's error page.
            return null;
        }
    }

    sealed record Answer(
        [property: JsonPropertyName("access_token")] string? Access, [property: JsonPropertyName("refresh_token")] string? Refresh,
        [property: JsonPropertyName("expires_in")] int Seconds, [property: JsonPropertyName("error")] string? Error,
        [property: JsonPropertyName("error_description")] string? Description);
}
