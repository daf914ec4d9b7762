using System.Text.RegularExpressions;
using Dovetail.Gateway.Settings;

namespace Dovetail.Gateway.Oidc;

/// <summary>Who else may vouch for a client: an OpenID Connect provider whose tokens are taken beside the keys.</summary>
/// <param name="Section">Where it is set: <c>Gateway:Oidc</c>, or <c>Gateway:Oidc:{name}</c> where there are several.</param>
/// <param name="Issuer">The <c>iss</c> of its tokens, as the discovery document must name it; a slash at the end makes no difference.</param>
/// <param name="ClientPrefix">Stands before the client's id, so that two providers can't mean different clients by one name.</param>
public sealed partial record OidcProvider(
    string Section, Uri Authority, string Issuer, IReadOnlyList<string> Audiences, string ClientClaim, string ClientPrefix, string NameClaim, string RolesClaim,
    IReadOnlyList<string> ShopRoles, IReadOnlyList<string> SupportRoles, TimeSpan ClockSkew, TimeSpan Refresh)
{
    const string Root = "Gateway:Oidc";

    internal static IReadOnlyList<OidcProvider> ReadAll(SettingsReader read)
    {
        var named = read.Children(Root).Where(child => read.Children($"{Root}:{child}").Any()).ToList();
        List<OidcProvider> providers = [.. named.Select(name => Read(read, $"{Root}:{name}"))];
        if (read.Children(Root).Except(named).Any())
            providers.Insert(0, Read(read, Root));

        foreach (var twin in providers.GroupBy(provider => provider.ClientPrefix).SelectMany(same => same.Skip(1)))
            read.Fault($"{twin.Section}:ClientPrefix", $"is '{twin.ClientPrefix}', which another provider has too", "one of its own, such as 'partner-', as two providers may call different clients the same");
        foreach (var twin in providers.GroupBy(provider => provider.Issuer.TrimEnd('/')).SelectMany(same => same.Skip(1)))
            read.Fault($"{twin.Section}:Issuer", "is that of another provider", "each provider once");
        return providers;
    }

    static OidcProvider Read(SettingsReader read, string section)
    {
        read.Known(section, ["Authority", "Issuer", "Audience", "ClientClaim", "ClientPrefix", "NameClaim", "RolesClaim", "ShopRole", "SupportRole", "ClockSkew", "Refresh"], sectionsToo: section == Root);
        var authority = read.Text($"{section}:Authority", "the provider's address, such as 'https://login.example.com/realms/shops', with https unless it is on this machine", text => ParseAuthority(text) is not null);
        return new(
            section,
            ParseAuthority(authority) ?? new Uri("https://unknown.invalid/"),
            read.Optional($"{section}:Issuer", authority),
            read.List($"{section}:Audience", "what the tokens for this hub name as audience, such as 'dovetail'", text => text, required: true),
            read.Optional($"{section}:ClientClaim", "sub"),
            read.Optional($"{section}:ClientPrefix", "", "letters, digits and '-', 30 at most", Prefixes().IsMatch),
            read.Optional($"{section}:NameClaim", "name"),
            read.Optional($"{section}:RolesClaim", "roles"),
            Roles(read, $"{section}:ShopRole", Keys.Roles.Shop),
            Roles(read, $"{section}:SupportRole", Keys.Roles.Support),
            read.Value($"{section}:ClockSkew", TimeSpan.FromSeconds(30), TimeSpan.Zero, TimeSpan.FromMinutes(5)),
            read.Value($"{section}:Refresh", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(12)));
    }

    static IReadOnlyList<string> Roles(SettingsReader read, string key, string fallback) =>
        read.List<string>(key, "the provider's names of the role", text => text) is { Count: > 0 } set ? set : [fallback];

    static Uri? ParseAuthority(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == "https" || address is { Scheme: "http", IsLoopback: true })
        && address is { UserInfo: "", Query: "", Fragment: "" }
            ? address
            : null;

    [GeneratedRegex(@"^[A-Za-z0-9-]{0,30}\z")]
    private static partial Regex Prefixes();
}
