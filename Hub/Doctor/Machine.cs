using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Dovetail.Hub.Doctor;

/// <summary>Disk, clock and ports.</summary>
static class Machine
{
    const long LeastFree = 1L << 30;

    static readonly TimeSpan Jitter = TimeSpan.FromMinutes(1);

    public static Finding Folder(string folder)
    {
        const string Subject = "data folder";
        var path = Path.GetFullPath(folder);
        try
        {
            var trial = Path.Combine(path, $"doctor-{Guid.NewGuid():N}");
            File.WriteAllText(trial, "Written to see whether the hub may write here.");
            File.Delete(trial);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new(Subject, $"Nothing can be written to {path}: {failure.Message}", "Give the hub's user the right to write there, or choose another folder: --set Hub:Folder=...");
        }

        var free = new DriveInfo(path).AvailableFreeSpace;
        var says = string.Create(CultureInfo.InvariantCulture, $"{path} can be written to, with {free / (double)LeastFree:F1} GiB free.");
        return free >= LeastFree ? new(Subject, says) : new(Subject, says, "Make room: with less than 1 GiB the hub may come to a standstill soon.");
    }

    /// <summary>A clock that went back would hold up everything that waits for a time.</summary>
    public static Finding Clock(string folder, TimeProvider time)
    {
        const string Subject = "clock";
        var now = time.GetUtcNow();
        var newest = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Select(file => (file.Name, At: new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero))).MaxBy(file => file.At);
        return newest.At <= now + Jitter
            ? new(Subject, $"{now:u}, not behind the data.")
            : new(Subject, $"It is {now:u}, but {newest.Name} in the data folder was written at {newest.At:u}.", "Set the clock by a time server (NTP): deadlines and retries go by it.");
    }

    public static IEnumerable<Finding> Ports(IConfiguration configuration, IReadOnlySet<string> roles) =>
        from role in roles.Order(StringComparer.Ordinal)
        let address = configuration[$"Hub:Addresses:{role}"]
        where address is not null
        select Port(role, address);

    static Finding Port(string role, string address)
    {
        var subject = $"address of {role}";
        if (Wanted(address) is not { } wanted)
            return new(subject, $"'{address}' is no address.", $"Set one such as --set Hub:Addresses:{role}=http://127.0.0.1:8080.");
        try
        {
            var here = IPAddress.TryParse(wanted.Host, out var ip) ? ip : wanted.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback : IPAddress.Any;
            using var listener = new TcpListener(here, wanted.Port);
            listener.Start();
            return new(subject, $"{address} is free.");
        }
        catch (SocketException failure)
        {
            return new(subject, $"{address} can't be listened on: {failure.Message}.", $"Stop the program that has it, perhaps a hub that runs already, or choose another: --set Hub:Addresses:{role}=http://127.0.0.1:8090.");
        }
    }

    /// <summary>As the web server reads it, which also knows <c>http://*:8080</c>; null for what it would refuse.</summary>
    static BindingAddress? Wanted(string address)
    {
        try
        {
            return BindingAddress.Parse(address) is { Scheme: "http" or "https", IsUnixPipe: false, IsNamedPipe: false } wanted ? wanted : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
