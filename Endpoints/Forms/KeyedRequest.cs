using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Identity;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Forms;

/// <summary>A request that its client may repeat: the same key stands for the same request for as long as keys are kept.</summary>
/// <param name="Endpoint">Method and route: clients choose keys for each endpoint anew.</param>
/// <param name="Fingerprint">Hash of method, path and body.</param>
sealed record KeyedRequest(string Client, string Endpoint, string Key, string Fingerprint, ReadOnlyMemory<byte> Body)
{
    const string Header = "Idempotency-Key";
    const int LongestKey = 255;

    /// <summary>Reads key and body; or says what is wrong with them.</summary>
    public static async Task<(KeyedRequest? Request, IResult? Refusal)> Read(HttpContext context, string endpoint)
    {
        var header = context.Request.Headers[Header];
        if (header.Count != 1 || Unquoted(header[0]!.Trim()) is not { Length: > 0 and <= LongestKey } key)
        {
            return (null, Problem.Of(StatusCodes.Status400BadRequest,
                $"{Header} is {(header.Count == 0 ? "missing" : "not right")}: send it once, with 1 to {LongestKey} printable ASCII characters, such as \"8e03978e-40d5-43dd-bc93-6894a57f9324\". " +
                "Choose a new one for each new request and send the same one when you repeat a request: then it takes effect once, however often it arrives."));
        }

        var (body, refusal) = await JsonBody.Read(context.Request, context.RequestAborted);
        if (body is null) return (null, refusal);

        byte[] request = [.. Encoding.UTF8.GetBytes($"{context.Request.Method} {context.Request.Path}\n"), .. body];
        return (new(context.User.Client(), endpoint, key, Convert.ToHexStringLower(SHA256.HashData(request)), body), null);
    }

    /// <summary>What the client hears whose key stood for something else.</summary>
    public static IResult UsedForAnother(DateTimeOffset at) => Problem.Of(StatusCodes.Status422UnprocessableEntity,
        $"This Idempotency-Key was used at {at:u} for another request, and nothing was done now. Send this request under a new key; or, to repeat the earlier one, send exactly the same path and body.");

    /// <summary>The key itself: as a structured-field string, or bare as many clients send it.</summary>
    static string? Unquoted(string header)
    {
        if (header.Any(letter => letter is < ' ' or > '~')) return null;
        if (!header.StartsWith('"')) return header.Contains('"', StringComparison.Ordinal) ? null : header;

        var key = new StringBuilder();
        for (var at = 1; at < header.Length; at++)
        {
            switch (header[at])
            {
                case '"':
                    return at == header.Length - 1 ? key.ToString() : null;
                case '\\' when at + 1 < header.Length && header[at + 1] is '"' or '\\':
                    key.Append(header[++at]);
                    break;
                case '\\':
                    return null;
                default:
                    key.Append(header[at]);
                    break;
            }
        }
        return null;
    }
}
