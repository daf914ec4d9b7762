using System.CommandLine;
using Dovetail.Gateway.Keys;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Commands;

/// <summary>API keys: make one, list them, take one back.</summary>
static class KeysCommand
{
    public static Command Create()
    {
        var keys = new Command("keys", "API keys of the gateway.");
        keys.Subcommands.Add(MakeCommand());
        keys.Subcommands.Add(ListCommand());
        keys.Subcommands.Add(RevokeCommand());
        return keys;
    }

    static Command MakeCommand()
    {
        var client = new Option<string>("--client") { Description = "Whom the key is for: a short name that shows in logs.", Required = true };
        var role = new Option<string[]>("--role") { Description = $"What it opens: {string.Join(" or ", Gateway.Keys.Roles.All)}.", Required = true };
        role.AcceptOnlyFromAmong([.. Gateway.Keys.Roles.All]);
        var make = new Command("create", "Makes a key and shows it once.") { client, role, SettingsOption.Instance };
        make.SetAction(async (parsed, cancellation) =>
        {
            using var keys = Open(parsed);
            var created = await keys.Create(parsed.GetValue(client)!, parsed.GetValue(client)!, parsed.GetValue(role)!, expires: null, cancellation);
            Console.WriteLine($"{created.Key}");
            await Console.Error.WriteLineAsync($"Key {created.Id} for {parsed.GetValue(client)}. It is not kept in clear: this is the only time it is shown.");
        });
        return make;
    }

    static Command ListCommand()
    {
        var list = new Command("list", "Shows all keys, without their secret part.") { SettingsOption.Instance };
        list.SetAction(async (parsed, cancellation) =>
        {
            using var keys = Open(parsed);
            foreach (var key in await keys.List(cancellation))
                Console.WriteLine($"{key.Id}  {key.Client,-20} {string.Join('+', key.Roles),-15} {key.Created:u} {(key.Revoked is { } revoked ? $"revoked {revoked:u}" : key.Expires is { } expires ? $"until {expires:u}" : "")}");
        });
        return list;
    }

    static Command RevokeCommand()
    {
        var id = new Argument<string>("id") { Description = "The id of the key, as the list shows it." };
        var revoke = new Command("revoke", "Takes a key back; it opens nothing from then on.") { id, SettingsOption.Instance };
        revoke.SetAction(async (parsed, cancellation) =>
        {
            using var keys = Open(parsed);
            if (await keys.Revoke(parsed.GetValue(id)!, cancellation)) return 0;
            await Console.Error.WriteLineAsync($"There is no key '{parsed.GetValue(id)}' that could be revoked. See: keys list");
            return 1;
        });
        return revoke;
    }

    static ApiKeys Open(ParseResult parsed)
    {
        var configuration = HubConfiguration.Read(SettingsOption.Parse(parsed.GetValue(SettingsOption.Instance) ?? []));
        return new ApiKeys(configuration["Gateway:Database"]!, TimeProvider.System);
    }
}
