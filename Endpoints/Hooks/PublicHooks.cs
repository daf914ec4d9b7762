using Microsoft.Extensions.Configuration;

namespace Dovetail.Endpoints.Hooks;

/// <summary>Where vendors reach the hub.</summary>
static class PublicHooks
{
    public const string Member = "PublicAddress";

    /// <summary>What is entered at the vendor; null while it is not known where the hub's gateway can be reached from outside.</summary>
    /// <remarks>Read anew each time: a hub with stand-ins knows its own address only when its gateway listens.</remarks>
    public static Uri? Address(IConfiguration configuration, string vendor, string rest) =>
        Uri.TryCreate(configuration[$"{HookOptions.Section}:{Member}"], UriKind.Absolute, out var gateway)
            ? new($"{gateway.AbsoluteUri.TrimEnd('/')}/hooks/{vendor}/{Uri.EscapeDataString(rest)}")
            : null;
}
