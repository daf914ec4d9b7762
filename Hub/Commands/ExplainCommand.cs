using System.CommandLine;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Commands;

/// <summary>What each endpoint does, with the settings in force; nothing is started for it.</summary>
static class ExplainCommand
{
    public static Command Create()
    {
        var explain = new Command("explain", "Says what each endpoint handles, sends and subscribes to, and what happens when something fails.") { SettingsOption.Instance };
        explain.SetAction(parsed =>
        {
            var configuration = HubConfiguration.Read(SettingsOption.Parse(parsed.GetValue(SettingsOption.Instance) ?? []));
            Console.WriteLine(string.Join($"{Environment.NewLine}{Environment.NewLine}", RoleHost.Endpoints(configuration).Select(Engine.Explain)));
        });
        return explain;
    }
}
