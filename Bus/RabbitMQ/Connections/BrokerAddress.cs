using System.Data.Common;
using System.Globalization;

namespace Dovetail.Bus.RabbitMQ.Connections;

/// <summary>A further node of the broker's cluster.</summary>
sealed record ClusterNode(string Host, int Port, bool UseTls);

/// <summary>Where the broker is, and who connects.</summary>
sealed record BrokerAddress(string Host, int Port, string VirtualHost, string UserName, string Password, bool UseTls)
{
    static readonly string[] Known = ["host", "port", "virtualhost", "username", "password", "usetls"];

    public static int DefaultPort(bool tls) => tls ? 5671 : 5672;

    public static BrokerAddress Parse(string text) => text.Contains("://", StringComparison.Ordinal) ? OfUri(text) : OfPairs(text);

    /// <summary>Without the password: it goes into logs.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(UseTls ? "amqps" : "amqp")}://{Host}:{Port}/{(VirtualHost == "/" ? "" : VirtualHost)}");

    static BrokerAddress OfUri(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0)
            throw Unreadable("is no AMQP URI", "Give one like amqp://user:password@host:5672/virtual-host, or amqps:// for TLS.");
        if (uri.AbsolutePath.Count(character => character == '/') > 1) throw Unreadable("has a path of several parts", "A virtual host whose name has a slash is written with %2F.");
        var tls = uri.Scheme == "amqps";
        var user = uri.UserInfo.Split(':', 2);
        var path = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        return new(uri.Host, uri.Port > 0 ? uri.Port : DefaultPort(tls), path.Length > 0 ? path : "/",
            user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : "guest", user.Length > 1 ? Uri.UnescapeDataString(user[1]) : "guest", tls);
    }

    static BrokerAddress OfPairs(string text)
    {
        var pairs = Pairs(text);
        var problems = new List<string>();
        foreach (string key in pairs.Keys)
        {
            if (!Known.Contains(key.ToLowerInvariant())) problems.Add($"it knows no '{key}'");
        }
        var host = Text("host", "");
        if (host.Length == 0) problems.Add("host is missing");
        if (!bool.TryParse(Text("useTls", "false"), out var tls)) problems.Add("useTls is neither true nor false");
        if (!int.TryParse(Text("port", DefaultPort(tls).ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65_535) problems.Add("port is no number from 1 to 65535");
        if (problems.Count > 0) throw Unreadable($"can't be read: {string.Join("; ", problems)}", "It may have host, port, virtualHost, userName, password and useTls; everything else is a property of RabbitMQTransport.");
        return new(host, port, Text("virtualHost", "/"), Text("userName", "guest"), Text("password", "guest"), tls);

        string Text(string key, string otherwise) => pairs.TryGetValue(key, out var value) && value is string { Length: > 0 } given ? given : otherwise;
    }

    static DbConnectionStringBuilder Pairs(string text)
    {
        try
        {
            return new DbConnectionStringBuilder { ConnectionString = text };
        }
        catch (ArgumentException failure)
        {
            throw Unreadable($"can't be read: {failure.Message}", "It is a list like host=broker;userName=shop;password=...");
        }
    }

    static FormatException Unreadable(string why, string how) => new($"The connection string of RabbitMQ {why}. {how}");
}
