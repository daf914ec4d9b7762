using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Operations;

namespace Dovetail.Endpoints.Payments;

/// <summary>What YooKassa knows an operation by, for a day.</summary>
static class IdempotenceKey
{
    const int Longest = 64;

    /// <summary>YooKassa remembers a key for 24 hours; the rest is left for clocks that disagree and for calls that take their time.</summary>
    static readonly TimeSpan Memory = TimeSpan.FromHours(23);

    /// <summary>The operation id itself where it fits, so that the shop's account shows what the ledger shows.</summary>
    public static string Of(string operationId) => operationId.Length is > 0 and <= Longest && operationId.All(character => character is > ' ' and <= '~')
        ? operationId
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(operationId)));

    /// <summary>Whether the same key could make a second payment, because the first may be forgotten.</summary>
    public static bool MayBeForgotten(Operation operation, DateTimeOffset now) => !operation.IsNew && now - operation.FirstCall >= Memory;
}
