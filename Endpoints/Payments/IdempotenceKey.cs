using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Operations;

namespace Dovetail.Endpoints.Payments;

/// <summary>What a provider knows an operation by, for a day.</summary>
static class IdempotenceKey
{
    /// <summary>YooKassa and Stripe remember a key for 24 hours; the rest is left for clocks that disagree and for calls that take their time.</summary>
    static readonly TimeSpan Memory = TimeSpan.FromHours(23);

    /// <summary>The operation id itself where it fits, so that the account shows what the ledger shows.</summary>
    /// <param name="longest">How many characters the provider takes.</param>
    public static string Of(string operationId, int longest) => operationId.Length > 0 && operationId.Length <= longest && operationId.All(character => character is > ' ' and <= '~')
        ? operationId
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(operationId)));

    /// <summary>Whether the same key could make a second payment, because the first may be forgotten.</summary>
    public static bool MayBeForgotten(Operation operation, DateTimeOffset now) => !operation.IsNew && now - operation.FirstCall >= Memory;
}
