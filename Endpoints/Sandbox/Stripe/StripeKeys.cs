using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>Idempotency keys: what was answered under them for a day, and which are being answered at this moment.</summary>
sealed class StripeKeys(SandboxLedger ledger, TimeProvider time)
{
    const string System = "stripe-keys";
    const int Longest = 255;

    static readonly TimeSpan Memory = TimeSpan.FromHours(24);

    readonly Lock _gate = new();
    readonly HashSet<string> _running = [];

    /// <returns>What was answered under the key, or null: then it is to be answered now, and <see cref="End"/> follows.</returns>
    public UsedStripeKey? Begin(string key, string request)
    {
        if (key.Length > Longest)
            throw new StripeRefusal($"Idempotency keys have at most {Longest} characters.") { Param = "Idempotency-Key" };

        lock (_gate)
        {
            if (ledger.Find<UsedStripeKey>(System, key) is { } used && time.GetUtcNow() - used.At < Memory)
            {
                return used.Request == request ? used : throw new StripeRefusal(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.", type: "idempotency_error");
            }

            return _running.Add(key) ? null : throw new StripeRefusal(
                "There is currently another in-progress request using this Idempotency Key.", StatusCodes.Status409Conflict, "idempotency_error")
            {
                Code = "idempotency_key_in_use",
            };
        }
    }

    public void Keep(string key, string request, int status, string answer, string requestId) =>
        ledger.Save(System, key, new UsedStripeKey(request, time.GetUtcNow(), status, answer, requestId));

    public void End(string key)
    {
        lock (_gate)
            _running.Remove(key);
    }
}
