using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>Puts the token into the path at the last moment, and takes it out again.</summary>
/// <remarks>Telegram wants it there, where every log, trace and error message that names an address would tell it.</remarks>
sealed class BotToken(IOptions<TelegramOptions> options) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var bare = request.RequestUri!;

        // The dot keeps the colon in the token from being read as the end of a scheme.
        request.RequestUri = new Uri(bare, $"./bot{options.Value.Token}/{bare.Segments[^1]}");
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            request.RequestUri = bare;
        }
    }
}
