using System.Security.Cryptography;
using System.Text;

namespace Dovetail.Endpoints.Sandbox.Webhooks;

/// <summary>How Stripe proves that a webhook is its own: HMAC-SHA256 over time and body.</summary>
static class WebhookSignature
{
    public static string Of(string secret, DateTimeOffset at, string body)
    {
        var seconds = at.ToUnixTimeSeconds();
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{seconds}.{body}"));
        return $"t={seconds},v1={Convert.ToHexStringLower(mac)}";
    }
}
