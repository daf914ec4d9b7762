using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration.Memory;

namespace Dovetail.Hub.Settings;

/// <summary>Puts the settings together: what the hub assumes, appsettings.json, the environment (<c>DOVETAIL__...</c>), the command line; later ones win.</summary>
static class HubConfiguration
{
    public const string SigningKeySetting = "Identity:SigningKey";

    /// <param name="overrides">Settings from the command line or a test; of a key that is given twice the later value counts.</param>
    public static ConfigurationManager Read(IEnumerable<KeyValuePair<string, string?>> overrides)
    {
        var configuration = new ConfigurationManager();
        configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true);
        configuration.AddEnvironmentVariables("DOVETAIL__");
        configuration.AddInMemoryCollection(overrides.Reverse().DistinctBy(setting => setting.Key, StringComparer.OrdinalIgnoreCase));

        var database = Places.Prepared(configuration.GetConnectionString("Dovetail"));

        // What is assumed stands below everything else: whoever sets a key, wins.
        var assumed = Assumed(configuration.GetValue("Hub:Folder", "data")!, configuration.GetValue("Hub:Sandbox", true), database);
        if (configuration[SigningKeySetting] is null) assumed[SigningKeySetting] = SigningKey(assumed["Hub:Folder"]!);
        ((IConfigurationBuilder)configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = assumed });
        if (database is not null) configuration["ConnectionStrings:Dovetail"] = database;
        return configuration;
    }

    static Dictionary<string, string?> Assumed(string folder, bool sandbox, string? database)
    {
        var assumed = new Dictionary<string, string?>
        {
            ["Hub:Folder"] = folder,
            ["Hub:Sandbox"] = sandbox.ToString(),
            ["Hub:Addresses:Gateway"] = "http://127.0.0.1:8080",
            ["ConnectionStrings:Dovetail"] = $"Data Source={Path.Combine(folder, "dovetail.db")}",
            ["Gateway:Database"] = $"Data Source={Path.Combine(folder, "gateway.db")}",
            ["Gateway:DataProtectionKeys"] = Path.Combine(folder, "gateway-keys"),
            ["ServiceControl:Database"] = Path.Combine(folder, "servicecontrol.db"),
            ["Sandbox:Folder"] = Path.Combine(folder, "sandbox"),
        };
        if (Places.IsServerIn(database))
        {
            // What the roles of several machines share is on the server too.
            foreach (var key in new[] { "Gateway:Database", "ServiceControl:Database" }) assumed[key] = database;
        }
        if (sandbox)
        {
            foreach (var (key, value) in Hurried) assumed[key] = value;
        }
        return assumed;
    }

    /// <summary>The stand-ins need seconds where the real systems need hours: the deadlines follow, so that one can watch.</summary>
    static IEnumerable<KeyValuePair<string, string?>> Hurried => new Dictionary<string, double>
    {
        ["Deadlines:Patience"] = 5,
        ["Deadlines:PaymentPatience"] = 5,
        ["Deadlines:Task"] = 60,
        ["Deadlines:CheckModelPrice"] = 0.5,
        ["Deadlines:CheckPicking"] = 0.5,
        ["Deadlines:CheckBooking"] = 0.5,
        ["Deadlines:CheckShipment"] = 0.5,
        ["TaskDeadlines:Remind"] = 60,
        ["TaskDeadlines:Escalate"] = 120,
        ["TaskDeadlines:Limit"] = 300,
    }.Select(deadline => KeyValuePair.Create(deadline.Key, (string?)TimeSpan.FromSeconds(deadline.Value).ToString("c", CultureInfo.InvariantCulture)));

    /// <summary>Made once for the folder, so that several processes on it trust each other and a restart signs nobody out.</summary>
    static string SigningKey(string folder)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, "identity.key");
        if (File.Exists(path)) return File.ReadAllText(path);

        // Of processes that start at this moment one makes it. Moving a file where none may be yet is no help: .NET looks first and moves then, and the later one wins.
        using var turn = Turn($"{path}.lock");
        if (File.Exists(path)) return File.ReadAllText(path);

        // Written aside and moved whole: nobody must ever read half a key.
        var draft = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new StreamWriter(draft, options)) file.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)));
        File.Move(draft, path);
        return File.ReadAllText(path);
    }

    /// <summary>Waits for whoever has the file open. It is let go of when its process ends, in whatever way.</summary>
    /// <exception cref="IOException">It could not be had for ten seconds.</exception>
    static FileStream Turn(string path)
    {
        FileStream? turn = null;
        Exception? refusal = null;
        return SpinWait.SpinUntil(Has, TimeSpan.FromSeconds(10)) ? turn! : throw new IOException($"The file {path} could not be opened for ten seconds. See to it that the hub may write there, and that no program keeps it open.", refusal);

        bool Has()
        {
            try
            {
                turn = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException busy)
            {
                refusal = busy;
            }
            return turn is not null;
        }
    }
}
