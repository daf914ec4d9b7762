namespace NServiceBus.Installation;

/// <summary>Creates something that an endpoint needs, such as a table of its own, where installers are enabled.</summary>
public interface INeedToInstallSomething
{
    /// <summary>Called after queues and tables of the endpoint are there, before it receives; must do no harm when called again.</summary>
    /// <param name="identity">Who is to be allowed to use it: the name given to EnableInstallers, or the user of the process.</param>
    Task Install(string identity, CancellationToken cancellationToken = default);
}
