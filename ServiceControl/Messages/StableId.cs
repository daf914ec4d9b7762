using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Dovetail.ServiceControl.Messages;

/// <summary>Ids that every tool of the platform computes alike from the same texts.</summary>
static class StableId
{
    [SuppressMessage("Security", "CA5351", Justification = "The platform's tools agreed on MD5 for names of things; it protects nothing.")]
    public static Guid Of(params ReadOnlySpan<string> parts) => new(MD5.HashData(Encoding.UTF8.GetBytes(string.Concat(parts))));
}
