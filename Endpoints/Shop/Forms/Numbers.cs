using System.Buffers.Text;
using System.Security.Cryptography;

namespace Dovetail.Endpoints.Shop.Forms;

/// <summary>The ids that the shop endpoint mints.</summary>
static class Numbers
{
    // Without I, L, O and U: nobody reads 1 for I over the telephone, and no number is a word.
    const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>Short enough to say aloud, and with 50 random bits unique without asking anybody.</summary>
    public static string OrderId()
    {
        var text = RandomNumberGenerator.GetString(Digits, 10);
        return $"D-{text[..5]}-{text[5..]}";
    }

    public static string RefundId() => $"R-{RandomNumberGenerator.GetString(Digits, 10)}";

    public static string OfferId() => $"O-{RandomNumberGenerator.GetString(Digits, 10)}";

    /// <summary>128 random bits: who knows the id was given it.</summary>
    public static string TrackingId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
