using Dovetail.Bus.Handlers;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Persistence;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Hosting;

/// <summary>Data and messages in one commit, from outside handlers.</summary>
sealed class StoreSession(EndpointInstance endpoint, IServiceProvider scoped) : ITransactionalSession
{
    UnitOfWork? _work;
    string? _id;
    bool _committed;
    bool _disposed;

    public string SessionId => _id ?? throw NotOpen();

    public ISynchronizedStorageSession SynchronizedStorageSession => Work.Session;

    UnitOfWork Work
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_committed) throw new InvalidOperationException("This session was committed already. Open a new one for further work.");
            return _work ?? throw NotOpen();
        }
    }

    public async Task Open(OpenSessionOptions options, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_work is not null) throw new InvalidOperationException($"This session is open already, as {_id}. Open a session once.");
        await endpoint.Prepared(cancellationToken);
        foreach (var customization in scoped.GetServices<IOpenSessionOptionsCustomization>()) customization.Apply(options);
        _id = options.Id;
        _work = new UnitOfWork(null, endpoint.Store.OpenSession(), _id);
        scoped.GetRequiredService<StorageOfScope>().Enter(_work.Session);
    }

    public Task Publish(object message, PublishOptions publishOptions, CancellationToken cancellationToken = default) =>
        endpoint.Outgoing.Publish(message, publishOptions, Here(cancellationToken));

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions, CancellationToken cancellationToken = default) =>
        Publish(MessageCreator.Make(messageConstructor), publishOptions, cancellationToken);

    public Task Send(object message, SendOptions sendOptions, CancellationToken cancellationToken = default) =>
        endpoint.Outgoing.Send(message, sendOptions, Here(cancellationToken));

    public Task Send<T>(Action<T> messageConstructor, SendOptions sendOptions, CancellationToken cancellationToken = default) =>
        Send(MessageCreator.Make(messageConstructor), sendOptions, cancellationToken);

    public async Task Commit(CancellationToken cancellationToken = default)
    {
        var work = Work;
        cancellationToken.ThrowIfCancellationRequested();
        _committed = true;
        await endpoint.Outgoing.Departures.Batch(work.Outgoing, endpoint.Around(cancellationToken));
        var committed = await endpoint.Store.Commit(work, cancellationToken);
        if (committed.ToDispatch.Count > 0) await endpoint.Outbox.Dispatcher.DispatchOrLeave(SessionId, committed.ToDispatch, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        if (_work is not null) await _work.Session.DisposeAsync();
    }

    Origin Here(CancellationToken cancellation) => endpoint.Outside(cancellation) with { Gather = Gather };

    void Gather(OutgoingOperation operation)
    {
        var outgoing = Work.Outgoing;
        lock (outgoing) outgoing.Add(operation);
    }

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    static InvalidOperationException NotOpen() => new("This session is not open. Call Open first.");
}
