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
        client.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>())) result.AddError("--client is empty: name whom the key is for, such as --client web-shop.");
        });
        var make = new Command("create", "Makes a key and shows it once.") { client, role, SettingsOption.Instance };
        make.SetAction(async (parsed, cancellation) =>
        {
            using var keys = Open(parsed);
            var created = await keys.Create(parsed.GetValue(client)!, parsed.GetValue(client)!, parsed.GetValue(role)!, expires: null, cancellation);
            Console.WriteLine($"{created.Key}");
            await Console.Error.WriteLineAsync($"This is key {created.Id} for {parsed.GetValue(client)}. It is not kept in clear: copy it now, it is shown only this once.");
        });
        return make;
    }

    static Command ListCommand()
    {
        var list = new Command("list", "Shows all keys, without their secret part.") { SettingsOption.Instance };
        list.SetAction(async (parsed, cancellation) =>
        {
            using var keys = Open(parsed);
            var all = await keys.List(cancellation);
            if (all.Count == 0) await Console.Error.WriteLineAsync("There are no keys yet. Make one: keys create --client web-shop --role shop");
            foreach (var key in all)
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
            if (await keys.Revoke(parsed.GetValue(id)!, cancellation))
            {
                await Console.Error.WriteLineAsync($"Key {parsed.GetValue(id)} is revoked. A hub that runs refuses it within 15 seconds.");
                return 0;
            }
            await Console.Error.WriteLineAsync($"There is no key '{parsed.GetValue(id)}' in force. The first column of 'keys list' holds the ids.");
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
