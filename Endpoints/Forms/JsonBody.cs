using System.Text.Json;
using Dovetail.Endpoints.Answers;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Forms;

/// <summary>A request's body as one JSON object; or what is wrong with it, as a problem.</summary>
static class JsonBody
{
    const int Largest = 256 * 1024;

    // A member that comes twice means two things to two readers.
    static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>The body whole; null, with the refusal, if it is too large.</summary>
    public static async Task<(byte[]? Body, IResult? Refusal)> Read(HttpRequest request, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(chunk, cancellation)) > 0;)
        {
            body.Write(chunk, 0, read);
            if (body.Length > Largest)
                return (null, Problem.Of(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {Largest} bytes: send fewer lines, and the rest as an order of its own."));
        }
        return (body.ToArray(), null);
    }

    public static JsonElement? Parse(ReadOnlyMemory<byte> body, out IResult? malformed)
    {
        try
        {
            var json = JsonDocument.Parse(body, Strict).RootElement;
            malformed = json.ValueKind == JsonValueKind.Object ? null : Problem.Of(StatusCodes.Status400BadRequest, "The body is JSON, but not an object: send the members in { }.");
            return malformed is null ? json : null;
        }
        catch (JsonException fault)
        {
            malformed = Problem.Of(StatusCodes.Status400BadRequest,
                $"The body is not JSON that can be read, at line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}: send one JSON object in UTF-8, in which no member comes twice.");
            return null;
        }
    }

    public static IResult Faulty(string what, IReadOnlyCollection<Fault> faults) =>
        Problem.Of(StatusCodes.Status422UnprocessableEntity, $"The {what} was not taken on: {faults.Count} of its members need a correction. Mend all of them and send it again.", faults);
}
