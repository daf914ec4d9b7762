using Dovetail.Bus.Configuration;
using Dovetail.Bus.Explaining;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Logging;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Mutation;
using Dovetail.Bus.Outbox;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Platform;
using Dovetail.Bus.Receiving;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Installation;
using NServiceBus.Serialization;

namespace Dovetail.Bus.Hosting;

/// <summary>One endpoint, put together from its settings, from start to stop.</summary>
sealed partial class EndpointInstance : IAsyncDisposable
{
    static readonly TimeSpan GraceAfterAbort = TimeSpan.FromSeconds(3);

    readonly EndpointSettings _settings;
    readonly IServiceProvider _services;
    readonly TimeProvider _time;
    readonly ILoggerFactory _logging;
    readonly ILogger _logger;
    readonly HandlerCatalog _catalog;
    readonly MessageTypes _types;
    readonly IMessageSerializer _serializer;
    readonly MutatorChain _mutators;
    readonly Behaviors _behaviors;
    readonly CancellationTokenSource _stop = new();
    readonly CancellationTokenSource _abort = new();
    readonly TaskCompletionSource _prepared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    IReadOnlyList<QueueReceiver> _receivers = [];
    EndpointGauges? _gauges;
    Task _reporting = Task.CompletedTask;
    bool _started;

    public EndpointInstance(EndpointSettings settings, IServiceProvider services, TimeProvider time, ILoggerFactory logging)
    {
        _settings = settings;
        _services = services;
        _time = time;
        _logging = logging;
        _catalog = new HandlerCatalog(settings.Handlers, settings.Sagas);
        _types = new MessageTypes(settings.Conventions, settings.Serialization!.LoadsTypes);
        foreach (var type in _catalog.MessageTypes)
        {
            _types.Register(type);
            // An interface that no message can be made of is known now, not when the first one comes.
            if (type.IsInterface && settings.Conventions.IsMessageType(type)) MessageProxies.Of(type);
        }
        _serializer = settings.Serialization.Create();
        var context = new TransportContext(settings.EndpointName, time, logging, settings.ErrorQueue, settings.Outbox.Enabled) { Isolation = settings.Outbox.Isolation, Concurrency = settings.Concurrency, HostDisplayName = settings.Host.DisplayName };
        _logger = context.Logging.CreateLogger("Dovetail.Bus." + settings.EndpointName);
        Transport = settings.Transport!.Create(context);
        Store = settings.Persistence!.Create(Transport, context with { EndpointName = settings.TransactionalSession?.ProcessorEndpoint ?? settings.EndpointName });
        Outbox = new OutboxUpkeep(Store, Transport, settings.Outbox, settings.Sagas.Any(saga => saga.Timeouts.Count > 0), time, _logger);
        _mutators = new MutatorChain(settings.Mutators);
        CriticalError = new CriticalError(settings.OnCriticalError);
        _behaviors = new Behaviors(new StepPlan(settings), services);
        Outgoing = new OutgoingMessages(settings, _types, _serializer, _mutators, _behaviors, Transport, time);
        Subscriptions = new Subscriptions(settings, _behaviors, Transport);
    }

    public ITransport Transport { get; }

    public IStore Store { get; }

    public OutboxUpkeep Outbox { get; }

    public OutgoingMessages Outgoing { get; }

    public CriticalError CriticalError { get; }

    public Subscriptions Subscriptions { get; }

    /// <summary>What the endpoint is doing at the moment.</summary>
    public EndpointState State => new(_settings.EndpointName, _started && !_stop.IsCancellationRequested, [.. _receivers.Select(receiver => receiver.State)]);

    public string Name => _settings.EndpointName;

    /// <summary>The queues that it reads; none on an endpoint that only sends.</summary>
    public ReceiveAddresses? Addresses => OwnQueues is [var shared, ..] ? new ReceiveAddresses(shared, OwnQueues.ElementAtOrDefault(1)) : null;

    /// <summary>Where messages come from that no handler sends.</summary>
    public Origin Outside(CancellationToken cancellation) => new(null, _services, cancellation);

    /// <summary>What surrounds messages that no handler sends.</summary>
    public Surroundings Around(CancellationToken cancellation) => new(null, _services, cancellation);

    /// <summary>Waits until messages can be sent: whoever is quicker than the endpoint's start must not fail for that.</summary>
    public Task Prepared(CancellationToken cancellation) => _prepared.Task.IsCompletedSuccessfully ? Task.CompletedTask : _prepared.Task.WaitAsync(cancellation);

    /// <summary>Creates queues and tables, and subscribes. After this, messages for the endpoint find their place.</summary>
    public async Task Prepare(bool onlyInstall, CancellationToken cancellation)
    {
        try
        {
            if (!onlyInstall) _behaviors.MakeAll();
            if (onlyInstall || _settings.InstallersEnabled || Transport.InstallsItself) await Install(cancellation);
            if (onlyInstall || _settings.InstallersEnabled) await RunInstallers(cancellation);
            if (!onlyInstall) await Transport.Check(OwnQueues, cancellation);
            if (!onlyInstall) await PurgeAndSubscribe(cancellation);
            await new StartupDiagnostics(_settings, _logger).Write(cancellation);
            _prepared.TrySetResult();
        }
        catch (Exception failure)
        {
            // Whoever waits to send is told why it will not come to that.
            _prepared.TrySetException(failure);
            throw;
        }
    }

    async Task PurgeAndSubscribe(CancellationToken cancellation)
    {
        if (_settings.SendOnly) return;
        if (_settings.PurgeOnStartup)
        {
            foreach (var queue in OwnQueues) await Transport.Purge(queue, cancellation);
        }
        var events = Explainer.Subscriptions(_settings, _catalog.All).ToArray();
        if (events.Length > 0) await Subscriptions.Subscribe(events, new SubscribeOptions(), cancellation);
    }

    /// <summary>Creates the queues and tables that are missing.</summary>
    async Task Install(CancellationToken cancellation)
    {
        await Transport.CreateQueues(OwnQueues, [_settings.ErrorQueue, .. _settings.AuditQueue is { } audit ? new[] { audit } : []], cancellation);
        await Store.CreateTables(_settings.Sagas, cancellation);
    }

    /// <summary>What the application itself installs.</summary>
    async Task RunInstallers(CancellationToken cancellation)
    {
        await using var scope = _services.CreateAsyncScope();
        foreach (var type in _settings.Installers)
        {
            var installer = (INeedToInstallSomething)ActivatorUtilities.GetServiceOrCreateInstance(scope.ServiceProvider, type);
            await installer.Install(_settings.InstallerIdentity ?? Environment.UserName, cancellation);
        }
    }

    /// <summary>Begins to receive.</summary>
    public void Start()
    {
        if (_logger.IsEnabled(LogLevel.Information)) LogStarted(Explainer.Explain(_settings));
        if (!_settings.SendOnly && !_catalog.All.Any()) LogHandlesNothing(_settings.EndpointName, _settings.ErrorQueue);
        var incoming = new IncomingMessages(_types, _serializer, [.. _settings.Deserializers.Select(definition => definition.Create())]);
        var audit = new AuditCopies(_settings, _behaviors, Outgoing.Departures, Transport, _time);
        var sagaLocks = new SagaLocks();
        var reports = new PlatformReports(_settings, Transport, _services, _time, _logger);
        var meter = new EndpointMeter(_settings, reports.Metrics);
        using var logging = LogTarget.Enter(_logging);
        Outbox.Start(_stop.Token);
        _receivers = [.. OwnQueues.Select(queue => new QueueReceiver(
            queue, _settings, _behaviors, Transport, Outgoing.Departures, meter,
            receiver => new ReceivePath(Transport, Store, Outbox.Dispatcher, receiver, _catalog, _types, incoming, _mutators, _behaviors, Outgoing, audit, sagaLocks, reports.SagaAudits, meter, _settings.Pipeline.Completed, _services, _time, _logger), CriticalError, _time, _logger))];
        foreach (var receiver in _receivers) receiver.Start(_stop.Token, _abort.Token);
        _gauges = new EndpointGauges(_settings, OwnQueues, Transport, Store, _time);
        _started = true;
        CriticalError.Started(Stop, _logger);
        _reporting = reports.Start(_stop.Token);
    }

    /// <summary>Takes no more messages, and waits for those in hand until the token says otherwise: then they go back to the queue.</summary>
    public async Task Stop(CancellationToken cancellation)
    {
        var scheduler = TaskScheduler.Current;
        await Signal(_stop, scheduler);
        await using (cancellation.UnsafeRegister(_ => _ = Signal(_abort, scheduler), null)) await Ended();
        LogStopped(_settings.EndpointName);
    }

    public async ValueTask DisposeAsync()
    {
        // Disposed without being stopped: nobody waits for the handlers any more.
        await Signal(_abort, TaskScheduler.Current);
        await Signal(_stop, TaskScheduler.Current);
        await Ended();
        LogTarget.Leave(_logging);
        _gauges?.Dispose();
        foreach (var receiver in _receivers) await receiver.DisposeAsync();
        if (Store is IAsyncDisposable store) await store.DisposeAsync();
        await Transport.DisposeAsync();
        _stop.Dispose();
        _abort.Dispose();
    }

    /// <remarks>Handlers go on within the call, and whoever stops must not be held up by one of them: so it has a task of its own. CancelAsync would give it to the thread pool, where a simulation can't follow.</remarks>
    async Task Signal(CancellationTokenSource signal, TaskScheduler scheduler)
    {
        try
        {
            await Task.Factory.StartNew(signal.Cancel, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
        }
        catch (AggregateException failure)
        {
            // What a handler registered with its token failed; all others heard of it nevertheless.
            LogSignalFailed(failure, _settings.EndpointName);
        }
    }

    /// <summary>Waits for all handlers; once they were told to give up, only a little longer.</summary>
    async Task Ended()
    {
        var all = AllEnded();
        var aborted = Task.Delay(Timeout.InfiniteTimeSpan, _time, _abort.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
        if (await Task.WhenAny(all, aborted) == all) return;
        if (await Task.WhenAny(all, Task.Delay(GraceAfterAbort, _time, CancellationToken.None)) != all) LogLeftBehind(_settings.EndpointName, GraceAfterAbort);
    }

    async Task AllEnded()
    {
        await Task.WhenAll(_receivers.Select(receiver => receiver.Running).Append(_reporting));
        await Outbox.Ended();
    }

    /// <summary>The shared queue, and the instance's own if it is to be addressed.</summary>
    IReadOnlyList<string> OwnQueues => _settings switch
    {
        { SendOnly: true } => [],
        { Discriminator: { } discriminator } => [_settings.Queue, Transport.InstanceQueue(_settings.Queue, discriminator)],
        _ => [_settings.Queue],
    };

    [LoggerMessage(LogLevel.Information, "Endpoint started: {Explanation}")]
    partial void LogStarted(EndpointExplanation explanation);

    [LoggerMessage(LogLevel.Warning, "Endpoint {Endpoint} has neither handlers nor sagas: whatever it receives goes to '{ErrorQueue}'. Assemblies are not searched for them: call AddHandler<T>() and AddSaga<T>() on its EndpointConfiguration, or SendOnly() if it is only to send")]
    partial void LogHandlesNothing(string endpoint, string errorQueue);

    [LoggerMessage(LogLevel.Warning, "Handlers of {Endpoint} did not heed their cancellation token within {Grace} and are left behind. Their messages come again when their leases end")]
    partial void LogLeftBehind(string endpoint, TimeSpan grace);

    [LoggerMessage(LogLevel.Warning, "A handler of {Endpoint} registered something with its cancellation token that failed when the endpoint stopped")]
    partial void LogSignalFailed(Exception failure, string endpoint);

    [LoggerMessage(LogLevel.Information, "Endpoint {Endpoint} stopped")]
    partial void LogStopped(string endpoint);
}
