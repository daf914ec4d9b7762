using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Crm;

/// <summary>Puts the webhook's user and code into the address at the last moment: the code is the credential, and addresses turn up in errors and logs.</summary>
sealed class Bitrix24Webhook(IOptions<Bitrix24Options> options) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (options.Value.IsApplication)
            return await base.SendAsync(request, cancellationToken);

        var bare = request.RequestUri!;
        var slash = bare.AbsolutePath.LastIndexOf('/');
        var secret = $"{Uri.EscapeDataString(options.Value.UserId!)}/{Uri.EscapeDataString(options.Value.Code!)}";
        request.RequestUri = new UriBuilder(bare) { Path = $"{bare.AbsolutePath[..(slash + 1)]}{secret}/{bare.AbsolutePath[(slash + 1)..]}" }.Uri;
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            // A repetition of the request comes through here again.
            request.RequestUri = bare;
        }
    }
}
