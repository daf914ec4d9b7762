using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NServiceBus.Hosting;

namespace Dovetail.Bus.Configuration;

/// <summary>By what the platform knows this process: the same id after each restart of the same program on the same machine.</summary>
sealed class HostIdentity
{
    public string Machine { get; set; } = Environment.MachineName;

    public string DisplayName { get; set; } = Environment.MachineName;

    public Guid Id { get; set; } = Of(Program + Environment.MachineName);

    static string Program => Environment.GetCommandLineArgs()[0];

    public HostInformation Describe() => new(Id, DisplayName, new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Machine"] = Machine,
        ["ProcessID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
        ["UserName"] = Environment.UserName,
        ["PathToExecutable"] = Program,
    });

    public static Guid Of(string text) => new(MD5.HashData(Encoding.UTF8.GetBytes(text)));
}
