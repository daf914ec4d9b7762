using System.Globalization;
using System.Text.RegularExpressions;
using Dovetail.Gateway;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Dovetail.Hub.Tests;

/// <summary>What <c>deploy/</c> says about the hub is true. That others understand the files is held by DeploymentFilesTests of the endpoints' tests.</summary>
[TestClass]
public sealed partial class DeploymentTests : IDisposable
{
    const string Prefix = "DOVETAIL__";

    static readonly string[] Places = ["compose", "kubernetes", "systemd"];

    /// <summary>Everything that a deployment runs, which is all but what stands in for others.</summary>
    static readonly List<string> Roles = [.. RunningHub.AllRoles.Except(["sandbox"]).Order(StringComparer.Ordinal)];

    static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "deploy");

    readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("dovetail-deployment-");

    public void Dispose() => _data.Delete(recursive: true);

    [TestMethod]
    public void Every_role_has_its_process_in_each_place()
    {
        foreach (var place in Places) CollectionAssert.AreEqual(Roles, Processes(place).Select(process => process.Role).Where(Roles.Contains).Distinct().Order(StringComparer.Ordinal).ToList(), place);

        var target = File.ReadAllText(Path.Combine(Folder, "systemd", "dovetail.target"));
        CollectionAssert.AreEquivalent(Roles, Instance().Matches(target).Select(match => match.Groups[1].Value).ToList());

        var local = string.Concat(new[] { "hub", "processes" }.Select(file => File.ReadAllText(Path.Combine(Folder, "local", file))));
        Assert.IsEmpty(Roles.Where(role => !Regex.IsMatch(local, $@"\b{role}\b")));
    }

    [TestMethod]
    public void Every_setting_that_they_name_is_one_that_the_hub_reads()
    {
        foreach (var place in Places)
        {
            foreach (var (role, settings) in Processes(place))
            {
                var all = settings.Where(setting => setting.Key.StartsWith(Prefix, StringComparison.Ordinal)).Select(setting => (Key: setting.Key[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), Value: Filled(setting.Key, setting.Value))).ToList();
                using var configuration = HubConfiguration.Read([.. all.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)), new("Hub:Folder", _data.FullName)]);

                // Secrets and the accounts at vendors are not in these files.
                var faults = SettingsCheck.Faults(configuration, role == "setup" ? new HashSet<string>() : new HashSet<string> { role });
                var wrong = faults.Where(fault => !fault.Contains(" is not set.", StringComparison.Ordinal) && !fault.Contains(" is '', it must be", StringComparison.Ordinal) && !fault.StartsWith("Delivery:Cdek needs either ", StringComparison.Ordinal));
                Assert.IsEmpty(wrong, $"{place}, {role}");
                foreach (var (key, _) in all.Where(setting => setting.Key.StartsWith("Hub:Addresses:", StringComparison.Ordinal)))
                    Assert.Contains(key.Split(':')[^1], RunningHub.AllRoles, StringComparer.OrdinalIgnoreCase, key);
            }
        }
    }

    [TestMethod]
    public void Each_role_listens_where_the_gateway_and_the_image_expect_it()
    {
        var exposed = Exposed().Match(File.ReadAllText(Path.Combine(Folder, "Hub.csproj"))).Groups[1].Value.Split(';').Select(port => int.Parse(port, CultureInfo.InvariantCulture)).ToList();
        foreach (var place in Places)
        {
            var processes = Processes(place).Where(process => Roles.Contains(process.Role)).DistinctBy(process => process.Role).ToDictionary(process => process.Role, process => process.Settings);
            var ports = Roles.ToDictionary(role => role, role => new Uri(processes[role].Single(setting => setting.Key.Equals($"{Prefix}Hub__Addresses__{role}", StringComparison.OrdinalIgnoreCase)).Value).Port);
            CollectionAssert.AreEquivalent(exposed, ports.Values.ToList(), place);
            foreach (var behind in GatewayRole.Behind)
            {
                var destinations = processes["gateway"][$"{Prefix}Gateway__Destinations__{behind}"].Split(';').Select(address => new Uri(address)).ToList();
                Assert.IsTrue(destinations.TrueForAll(destination => destination.Port == ports[behind.ToLowerInvariant()]), $"{place}, {behind}");
                if (place != "systemd") CollectionAssert.AreEqual(Names(place, behind.ToLowerInvariant()), destinations.Select(destination => destination.Host).ToList(), place);
            }
        }

        foreach (var role in Roles)
        {
            var file = Documents(Path.Combine(Folder, "kubernetes", $"{role}.yaml")).ToList();
            var port = int.Parse((string)At(file[0], "spec", "template", "spec", "containers", 0, "ports", 0, "containerPort")!, CultureInfo.InvariantCulture);
            StringAssert.EndsWith(Processes("kubernetes").Single(process => process.Role == role).Settings.Single(setting => setting.Key.Equals($"{Prefix}Hub__Addresses__{role}", StringComparison.OrdinalIgnoreCase)).Value, $":{port}", StringComparison.Ordinal);
            if (role is not ("gateway" or "workers")) Assert.AreEqual(port.ToString(CultureInfo.InvariantCulture), At(file.Single(document => (string)document["kind"] == "Service"), "spec", "ports", 0, "port"));
        }
    }

    [TestMethod]
    public void They_run_the_image_that_is_published_and_leave_a_hub_the_time_to_stop()
    {
        var project = File.ReadAllText(Path.Combine(Folder, "Hub.csproj"));
        var image = $"{Element("ContainerRepository")}:{Element("ContainerImageTag")}";
        var kubernetes = Directory.EnumerateFiles(Path.Combine(Folder, "kubernetes")).SelectMany(Documents).Where(document => (string)document["kind"] is "Deployment" or "Job").ToList();
        foreach (var document in kubernetes) Assert.AreEqual(image, At(document, "spec", "template", "spec", "containers", 0, "image"));
        var services = Services();
        foreach (var service in services.Values.Cast<Dictionary<object, object>>().Where(service => !((string)service["image"]).StartsWith("postgres", StringComparison.Ordinal) && !((string)service["image"]).StartsWith("rabbitmq", StringComparison.Ordinal)))
            Assert.AreEqual(image, service["image"]);

        using var assumed = HubConfiguration.Read([new("Hub:Folder", _data.FullName), new("Hub:Roles", "shop")]);
        var stop = StopSettings.Read(assumed);
        var needed = (stop.Drain + stop.Finish).TotalSeconds;
        foreach (var document in kubernetes.Where(document => (string)document["kind"] == "Deployment")) Assert.IsLessThan(double.Parse((string)At(document, "spec", "template", "spec", "terminationGracePeriodSeconds")!, CultureInfo.InvariantCulture), needed);
        Assert.IsLessThan(double.Parse(Seconds().Match(File.ReadAllText(Path.Combine(Folder, "systemd", "dovetail@.service"))).Groups[1].Value, CultureInfo.InvariantCulture), needed);
        Assert.IsLessThan(double.Parse(((string)((Dictionary<object, object>)services["shop-1"])["stop_grace_period"]).TrimEnd('s'), CultureInfo.InvariantCulture), needed);

        string Element(string name) => Regex.Match(project, $"<{name}>(.+)</{name}>").Groups[1].Value;
    }

    [TestMethod]
    public void In_Kubernetes_processes_differ_in_what_their_roles_need_and_in_nothing_else()
    {
        var model = Shape("shop");
        foreach (var role in Roles)
        {
            var shape = Shape(role);
            CollectionAssert.AreEquivalent(role == "workers" ? model.Keys.Except(["Service"]).ToList() : [.. model.Keys], shape.Keys, role);
            foreach (var (kind, text) in shape) Assert.AreEqual(model[kind], text, $"The {kind} of {role} is another than that of shop.");
        }

        // What is of the role itself: its name and port, how much it may take, the accounts at vendors, and the gateway's own.
        static Dictionary<string, string> Shape(string role) => File.ReadAllText(Path.Combine(Folder, "kubernetes", $"{role}.yaml")).Split("\n---\n")
            .Select(document => string.Join('\n', document.Split('\n').Where(line => !Own().IsMatch(line)).Select(line => Amount().Replace(line.Replace(role, "ROLE", StringComparison.OrdinalIgnoreCase), "$1 AMOUNT"))).TrimEnd())
            .Select(document => (Kind: Kind().Match(document).Groups[1].Value, Text: document)).Where(document => document.Kind != "PersistentVolumeClaim").ToDictionary(document => document.Kind, document => document.Text);
    }

    [TestMethod]
    public void No_secret_stands_in_them()
    {
        foreach (var (place, role, key, value) in Places.SelectMany(place => Processes(place).SelectMany(process => process.Settings.Select(setting => (place, process.Role, setting.Key, setting.Value)))))
        {
            if (!Secret().IsMatch(key)) continue;
            var clear = Regex.Replace(value, @"\$\{[^}]*\}", "");
            Assert.IsFalse(place == "compose" ? Regex.IsMatch(clear, @"Password=[^;]|:[^/@]+@") || (key.EndsWith("Key", StringComparison.Ordinal) && clear != "") : clear != "", $"{place}, {role}: {key} is {value}");
        }
    }

    /// <summary>What each process of the hub is told: its role, and the environment as its place puts it together.</summary>
    static IEnumerable<(string Role, Dictionary<string, string> Settings)> Processes(string place) => place switch
    {
        "compose" => Services().Values.Cast<Dictionary<object, object>>().Where(service => service.TryGetValue("command", out _))
            .Select(service => (RoleIn((List<object>)service["command"]), Texts(service["environment"]))),
        "kubernetes" => Directory.EnumerateFiles(Path.Combine(Folder, place)).SelectMany(Documents).Where(document => (string)document["kind"] is "Deployment" or "Job").Select(InKubernetes),
        _ => Directory.EnumerateFiles(Path.Combine(Folder, place, "roles")).Select(file =>
        {
            var settings = new[] { Path.Combine(Folder, place, "hub.env.example"), file }.SelectMany(File.ReadAllLines).Where(line => line is not ("" or ['#', ..])).Select(line => line.Split('=', 2)).ToDictionary(line => line[0], line => line[1]);
            return (settings[$"{Prefix}Hub__Roles"], settings);
        }),
    };

    /// <summary>By which a role is found: in containers each of its processes has one, in Kubernetes all of them share one.</summary>
    static List<string> Names(string place, string role) => place == "compose"
        ? [.. Services().Where(service => ((Dictionary<object, object>)service.Value).TryGetValue("command", out var command) && RoleIn((List<object>)command) == role).Select(service => (string)service.Key)]
        : [role];

    static (string, Dictionary<string, string>) InKubernetes(Dictionary<object, object> document)
    {
        var shared = Texts(Documents(Path.Combine(Folder, "kubernetes", "dovetail.yaml")).First()["data"]);
        var container = (Dictionary<object, object>)At(document, "spec", "template", "spec", "containers", 0)!;
        foreach (var variable in container.TryGetValue("env", out var own) ? ((List<object>)own).Cast<Dictionary<object, object>>() : []) shared[(string)variable["name"]] = (string)variable["value"];
        return (RoleIn((List<object>)container["args"]), shared);
    }

    static string RoleIn(List<object> command) => command is ["--roles", string role] ? role : (string)command.Single();

    static Dictionary<object, object> Services() => (Dictionary<object, object>)Documents(Path.Combine(Folder, "compose", "compose.yaml")).Single()["services"];

    static IEnumerable<Dictionary<object, object>> Documents(string file)
    {
        var parser = new MergingParser(new Parser(new StringReader(File.ReadAllText(file))));
        parser.Consume<YamlDotNet.Core.Events.StreamStart>();
        var deserializer = new DeserializerBuilder().Build();
        while (parser.Accept<YamlDotNet.Core.Events.DocumentStart>(out _)) yield return deserializer.Deserialize<Dictionary<object, object>>(parser);
    }

    static object? At(object document, params object[] path) => path.Aggregate(document, (node, step) => step is int index ? ((List<object>)node)[index] : ((Dictionary<object, object>)node)[step]);

    static Dictionary<string, string> Texts(object environment) => ((Dictionary<object, object>)environment).ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value);

    /// <summary>With something that could be there where the file leaves it to its user.</summary>
    static string Filled(string key, string value) => (key, Regex.Replace(value, @"\$\{[^}]*\}", new string('x', 40))) switch
    {
        ({ } database, "") when database.EndsWith("__Dovetail", StringComparison.Ordinal) => "Host=db;Database=dovetail",
        ({ } broker, "") when broker.EndsWith("__RabbitMQ", StringComparison.Ordinal) => "amqp://rabbit",
        ({ } management, "") when management.EndsWith("__BrokerManagement", StringComparison.Ordinal) => "http://rabbit:15672",
        (_, "") => new string('x', 40),
        var (_, filled) => filled,
    };

    [GeneratedRegex("dovetail@([a-z]+)\\.service")]
    private static partial Regex Instance();

    [GeneratedRegex("<ContainerPort Include=\"([0-9;]+)\"")]
    private static partial Regex Exposed();

    [GeneratedRegex("^ *#|dovetail-vendors|__Gateway__|name: keys|gateway-keys")]
    private static partial Regex Own();

    [GeneratedRegex("(containerPort:|port:|cpu:|memory:|0\\.0\\.0\\.0:) ?[0-9]+(m|Mi|Gi)?")]
    private static partial Regex Amount();

    [GeneratedRegex("^kind: ([A-Za-z]+)", RegexOptions.Multiline)]
    private static partial Regex Kind();

    [GeneratedRegex("TimeoutStopSec=([0-9]+)")]
    private static partial Regex Seconds();

    [GeneratedRegex("ConnectionStrings|Password|Secret|SigningKey|ApiKey|Token|Code$")]
    private static partial Regex Secret();
}
