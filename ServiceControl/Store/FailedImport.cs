using System.Security.Cryptography;
using System.Text;
using Dovetail.ServiceControl.Messages;
using Dovetail.ServiceControl.Queues;

namespace Dovetail.ServiceControl.Store;

/// <summary>A message that could not be understood, kept whole.</summary>
sealed class FailedImport
{
    /// <summary>Made of the message, so that the same one offered again is the same row.</summary>
    public required string Id { get; init; }

    public required string Queue { get; init; }

    public required string NativeId { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required string Reason { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required byte[] Body { get; init; }

    public static FailedImport Of(string queue, RawMessage message, string reason, DateTimeOffset now)
    {
        var headers = string.Join('\n', message.Headers.OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => $"{header.Key}={header.Value}"));
        var content = Convert.ToHexString(SHA256.HashData([.. Encoding.UTF8.GetBytes(headers), 0, .. message.Body.Span]));
        return new()
        {
            Id = StableId.Of(queue, "\n", message.NativeId, "\n", content).ToString(),
            Queue = queue,
            NativeId = message.NativeId,
            ReceivedAt = now,
            Reason = reason,
            Headers = message.Headers,
            Body = message.Body.ToArray(),
        };
    }
}
