using System.Net;
using System.Text.Json;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Oms;

/// <summary>An answer of RetailCRM that says something: yes, no, or "I know no such thing".</summary>
sealed record RetailCrmAnswer(HttpStatusCode Status, RetailCrmBody Body)
{
    public bool IsYes => Status is HttpStatusCode.OK or HttpStatusCode.Created;

    /// <summary>What the answer says when only a yes makes sense.</summary>
    public RetailCrmBody Accepted(string what) => IsYes ? Body : throw new RejectedException(
        $"RetailCRM refused {what} with {(int)Status}: {Body.Reason()}. Nothing was done, and asking again would not help. " +
        "Correct the order in RetailCRM or the settings, then retry the message.");
}

/// <summary>The members of an answer that the hub looks at.</summary>
sealed record RetailCrmBody
{
    public string? ErrorMsg { get; init; }

    /// <summary>Texts by field, or a bare list of texts.</summary>
    public JsonElement Errors { get; init; }

    public OmsOrder? Order { get; init; }

    public IReadOnlyList<OmsChange>? History { get; init; }

    public IReadOnlyDictionary<string, OmsStatus>? Statuses { get; init; }

    /// <summary>Why not, in the vendor's words.</summary>
    public string Reason()
    {
        var faults = Errors.ValueKind switch
        {
            JsonValueKind.Object => Errors.EnumerateObject().Select(fault => $"{fault.Name}: {fault.Value}"),
            JsonValueKind.Array => Errors.EnumerateArray().Select(fault => fault.ToString()),
            _ => [],
        };
        return string.Join("; ", faults.Prepend(ErrorMsg?.TrimEnd('.') ?? "no reason given"));
    }
}
