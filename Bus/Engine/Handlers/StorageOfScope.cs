using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Handlers;

/// <summary>The storage session of the message, or of the session outside handlers, that a scope of services is for.</summary>
sealed class StorageOfScope
{
    IStorageSession? _session;

    /// <exception cref="InvalidOperationException">The scope is for neither.</exception>
    public IStorageSession Session => _session ?? throw new InvalidOperationException(
        "No message is being handled in this scope of services, and no session is open in it, so there is no storage session. Ask for it in a handler or in what a handler has injected, or open an ITransactionalSession first.");

    public void Enter(IStorageSession session) => _session = session;
}
