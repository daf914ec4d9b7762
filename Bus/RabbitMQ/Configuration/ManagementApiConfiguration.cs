namespace NServiceBus;

/// <summary>Where the broker's management API is, and who asks there. What is not said is taken from the connection string.</summary>
public class ManagementApiConfiguration
{
    /// <summary>Another place, the user of the connection.</summary>
    public ManagementApiConfiguration(string url)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(url);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
            throw new ArgumentException($"'{url}' is no address of a management API. Give one like http://broker:15672.", nameof(url));
        Url = url;
    }

    /// <summary>The usual place, another user.</summary>
    public ManagementApiConfiguration(string userName, string password)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(userName);
        ArgumentException.ThrowIfNullOrWhiteSpace(password);
        (UserName, Password) = (userName, password);
    }

    /// <summary>Another place, another user.</summary>
    public ManagementApiConfiguration(string url, string userName, string password) : this(url)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(userName);
        ArgumentException.ThrowIfNullOrWhiteSpace(password);
        (UserName, Password) = (userName, password);
    }

    /// <summary>The user's password; null for that of the connection.</summary>
    public string? Password { get; }

    /// <summary>Where it is; null for the usual port of the broker's host.</summary>
    public string? Url { get; }

    /// <summary>Who asks; null for the user of the connection.</summary>
    public string? UserName { get; }
}
