using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dovetail.ServiceControl.Api;

/// <summary>JSON as the platform's clients read it. What is null must be absent: some of them ask only whether a property is there.</summary>
static class ApiJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Clients want UTC with a Z, and take an offset for a fault.</summary>
    public static DateTime Instant(DateTimeOffset instant) => instant.UtcDateTime;

    public static DateTime? Instant(DateTimeOffset? instant) => instant?.UtcDateTime;
}
