using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Faults;
using NServiceBus.Installation;
using NServiceBus.Logging;
using NServiceBus.MessageMutator;
using NServiceBus.Persistence.Sql;
using NServiceBus.Pipeline;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Api;

/// <summary>
/// What applications written for NServiceBus commonly do, in their way of writing. It is here to compile, and whoever changes a signature breaks it.
/// Only <see cref="Transport"/> and <see cref="Persistence"/> name something of this engine. <see cref="ProgramsTests"/> compiles it once more, as an application that sees no internals.
/// </summary>
static class CommonSubset
{
    static RoutingSettings<Dovetail.Bus.SqliteTransport> Transport(EndpointConfiguration endpoint) => endpoint.UseTransport(new Dovetail.Bus.SqliteTransport("bus.db"));

    static void Persistence(EndpointConfiguration endpoint) => Dovetail.Bus.SqlitePersistenceExtensions.EnableTransactionalSession(endpoint.UsePersistence<Dovetail.Bus.SqlitePersistence>());

    public static async Task Run(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        var endpointConfiguration = new EndpointConfiguration("Samples.Sales");
        Configure(endpointConfiguration);
        Recover(endpointConfiguration);
        Identify(endpointConfiguration);
        builder.Services.AddNServiceBusEndpoint(endpointConfiguration);
        builder.Services.AddHostedService<OrderSender>();
        await builder.Build().RunAsync();
    }

    static void Configure(EndpointConfiguration endpointConfiguration)
    {
        var routing = Transport(endpointConfiguration);
        routing.RouteToEndpoint(typeof(PlaceOrder), "Samples.Sales");
        routing.RouteToEndpoint(typeof(ShipOrder).Assembly, "Samples.Shipping");
        routing.RouteToEndpoint(typeof(ShipOrder).Assembly, "Samples.Messages", "Samples.Shipping");
        Persistence(endpointConfiguration);

        var serialization = endpointConfiguration.UseSerialization<SystemJsonSerializer>();
        serialization.Options(new System.Text.Json.JsonSerializerOptions { PropertyNameCaseInsensitive = true });
        serialization.ContentType(ContentTypes.Json);
        serialization.DisableDynamicTypeLoading();

        endpointConfiguration.Conventions()
            .DefiningCommandsAs(type => type.Namespace?.EndsWith("Commands", StringComparison.Ordinal) == true)
            .DefiningEventsAs(type => type.Namespace?.EndsWith("Events", StringComparison.Ordinal) == true)
            .DefiningMessagesAs(type => type.Namespace?.EndsWith("Messages", StringComparison.Ordinal) == true)
            .DefiningTimeToBeReceivedAs(type => type.Name.EndsWith("Expires", StringComparison.Ordinal) ? TimeSpan.FromSeconds(30) : TimeSpan.MaxValue);
        endpointConfiguration.Conventions().Add(new SuffixConvention());

        endpointConfiguration.AddHandler<PlaceOrderHandler>();
        endpointConfiguration.AddSaga<OrderSaga>();
        endpointConfiguration.Pipeline.Register(new TellingBehavior(), "Tells what handlers did");
        endpointConfiguration.Pipeline.Register<TenantBehavior>("Hands the tenant on");
        endpointConfiguration.Pipeline.OnReceivePipelineCompleted((completed, _) => Console.Out.WriteLineAsync($"{completed.ProcessedMessage.MessageId} {completed.CompletedAt - completed.StartedAt}"));
        endpointConfiguration.RegisterMessageMutator(new TenantMutator());
        endpointConfiguration.AddHeaderToAllOutgoingMessages("tenant", "north");
        endpointConfiguration.AssemblyScanner().Disable = true;
        endpointConfiguration.AutoSubscribe().DisableFor<OrderBilled>();
        endpointConfiguration.AuditProcessedMessagesTo("audit", TimeSpan.FromDays(1));
        endpointConfiguration.SendFailedMessagesTo("error");
        endpointConfiguration.LimitMessageProcessingConcurrencyTo(8);
        endpointConfiguration.EnableInstallers();
        endpointConfiguration.AddInstaller<CreateReportTable>();
        endpointConfiguration.PurgeOnStartup(false);
        endpointConfiguration.EnableOutbox();
        endpointConfiguration.DefineCriticalErrorAction((context, cancellationToken) => context.Stop(cancellationToken));
        endpointConfiguration.SetDiagnosticsPath("diagnostics");
        endpointConfiguration.LicensePath("license.xml");
        endpointConfiguration.CustomConversationIdStrategy(context => context.Headers.ContainsKey("tenant") ? ConversationId.Custom($"north/{Guid.NewGuid()}") : ConversationId.Default);
    }

    static void Recover(EndpointConfiguration endpointConfiguration)
    {
        var recoverability = endpointConfiguration.Recoverability();
        recoverability.Immediate(immediate => immediate.NumberOfRetries(3));
        recoverability.Immediate(immediate => immediate.OnMessageBeingRetried((retry, _) => Console.Out.WriteLineAsync($"{retry.MessageId} {retry.RetryAttempt}")));
        recoverability.Delayed(delayed => delayed.NumberOfRetries(2).TimeIncrease(TimeSpan.FromSeconds(10)));
        recoverability.Failed(failed => failed.HeaderCustomization(headers => headers.Remove(FaultsHeaderKeys.StackTrace)).OnMessageSentToErrorQueue(Report));
        recoverability.AddUnrecoverableException<ArgumentException>();
        recoverability.OnConsecutiveFailures(5, new RateLimitSettings(TimeSpan.FromSeconds(30), _ => Task.CompletedTask, _ => Task.CompletedTask));
        recoverability.CustomPolicy((config, context) =>
        {
            if (context.Exception is InvalidOperationException) return RecoverabilityAction.MoveToError(config.Failed.ErrorQueue);
            if (context.Exception is TimeoutException && context.DelayedDeliveriesPerformed < 5) return RecoverabilityAction.DelayedRetry(TimeSpan.FromMinutes(1));
            if (context.Headers.ContainsKey("obsolete")) return RecoverabilityAction.Discard("obsolete");
            return context.ImmediateProcessingFailures < 2 ? RecoverabilityAction.ImmediateRetry() : DefaultRecoverabilityPolicy.Invoke(config, context);
        });

        static Task Report(FailedMessage message, CancellationToken cancellationToken) => Console.Error.WriteLineAsync($"{message.MessageId} {message.Exception.Message} {message.ErrorQueue}");
    }

    static void Identify(EndpointConfiguration endpointConfiguration)
    {
        endpointConfiguration.MakeInstanceUniquelyAddressable("1");
        endpointConfiguration.OverrideLocalAddress("samples-sales");
        endpointConfiguration.OverridePublicReturnAddress("samples-sales-proxy");
        endpointConfiguration.UniquelyIdentifyRunningInstance().UsingNames("sales", Environment.MachineName).UsingCustomDisplayName("Sales");
    }

    static async Task Send(IMessageSession session, CancellationToken cancellationToken)
    {
        await session.Send(new PlaceOrder { OrderId = "1" }, cancellationToken);
        await session.Send("Samples.Sales", new PlaceOrder { OrderId = "1" }, cancellationToken);
        await session.SendLocal(new PlaceOrder { OrderId = "1" }, cancellationToken);
        await session.Publish(new OrderPlaced { OrderId = "1" }, cancellationToken);
        await session.Publish<IOrderCancelled>(message => message.OrderId = "1", cancellationToken);
        await session.Subscribe<OrderBilled>(cancellationToken);
        await session.Unsubscribe<OrderBilled>(cancellationToken);

        var sendOptions = new SendOptions();
        sendOptions.SetDestination("Samples.Sales");
        sendOptions.DelayDeliveryWith(TimeSpan.FromMinutes(5));
        sendOptions.SetHeader("tenant", "north");
        sendOptions.SetMessageId("order/1");
        sendOptions.RouteReplyToThisInstance();
        sendOptions.StartNewConversation();
        sendOptions.StartNewTraceOnReceive();
        sendOptions.GetExtensions().Set("note", "for a behavior");
        await session.Send(new PlaceOrder { OrderId = "1" }, sendOptions, cancellationToken);

        var toThisEndpoint = new SendOptions();
        toThisEndpoint.RouteToThisEndpoint();
        toThisEndpoint.DoNotDeliverBefore(DateTimeOffset.UnixEpoch);
        await session.Send(new PlaceOrder { OrderId = "1" }, toThisEndpoint, cancellationToken);

        var publishOptions = new PublishOptions();
        publishOptions.RequireImmediateDispatch();
        publishOptions.ContinueExistingTraceOnReceive();
        publishOptions.DoNotEnforceBestPractices();
        await session.Publish(new OrderPlaced { OrderId = "1" }, publishOptions, cancellationToken);
    }

    static async Task SendWithData(IServiceProvider provider, CancellationToken cancellationToken)
    {
        using var scope = provider.CreateScope();
        var session = scope.ServiceProvider.GetRequiredService<ITransactionalSession>();
        await session.Open(new SqlPersistenceOpenSessionOptions(), cancellationToken);
        await session.Send(new PlaceOrder { OrderId = "1" }, cancellationToken);
        var (connection, transaction) = session.SynchronizedStorageSession.SqlPersistenceSession();
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        await session.Commit(cancellationToken);
    }

    sealed class OrderSender(IMessageSession messageSession) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Send(messageSession, stoppingToken);
    }

    [Handler]
    sealed class PlaceOrderHandler(IServiceProvider provider) : IHandleMessages<PlaceOrder>, IHandleMessages<OrderBilled>
    {
        static readonly ILog Log = LogManager.GetLogger<PlaceOrderHandler>();

        public async Task Handle(PlaceOrder message, IMessageHandlerContext context)
        {
            Log.Info($"{context.MessageId} of {context.MessageHeaders[Headers.ConversationId]} from {context.ReplyToAddress}");
            await context.Publish(new OrderPlaced { OrderId = message.OrderId });
            await context.Reply(new OrderAccepted { OrderId = message.OrderId });

            var replyOptions = new ReplyOptions();
            replyOptions.SetHeader(Headers.CorrelationId, message.OrderId);
            replyOptions.RouteReplyToAnyInstance();
            await context.Reply(new OrderAccepted { OrderId = message.OrderId }, replyOptions);

            var later = new SendOptions();
            later.DelayDeliveryWith(TimeSpan.FromHours(1));
            later.RouteToThisEndpoint();
            await context.Send(new PlaceOrder { OrderId = message.OrderId }, later);
            await context.SendLocal(new PlaceOrder { OrderId = message.OrderId });
            await context.ForwardCurrentMessageTo("archive");

            context.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges((session, cancellationToken) => session.Connection.OpenAsync(cancellationToken));
            if (context.Extensions.TryGet<string>("skip", out _)) context.DoNotContinueDispatchingCurrentMessageToHandlers();
        }

        public Task Handle(OrderBilled message, IMessageHandlerContext context) => SendWithData(provider, context.CancellationToken);
    }

    [Saga]
    sealed class OrderSaga : Saga<OrderSagaData>, IAmStartedByMessages<PlaceOrder>, IAmStartedByMessages<OrderBilled>, IHandleMessages<OrderShipped>, IHandleTimeouts<OrderOverdue>
    {
        protected override void ConfigureHowToFindSaga(SagaPropertyMapper<OrderSagaData> mapper)
        {
            mapper.ConfigureNotFoundHandler<OrderNotFound>();
            mapper.MapSaga(saga => saga.OrderId)
                .ToMessage<PlaceOrder>(message => message.OrderId)
                .ToMessage<OrderBilled>(message => message.OrderId)
                .ToMessageHeader<OrderShipped>("order-id");
        }

        public async Task Handle(PlaceOrder message, IMessageHandlerContext context)
        {
            Data.Placed = true;
            await RequestTimeout(context, TimeSpan.FromDays(1), new OrderOverdue { Reminder = 1 });
            await RequestTimeout<OrderOverdue>(context, DateTimeOffset.UnixEpoch);
        }

        public Task Handle(OrderBilled message, IMessageHandlerContext context) => context.Send(new ShipOrder { OrderId = Data.OrderId });

        public Task Handle(OrderShipped message, IMessageHandlerContext context)
        {
            MarkAsComplete();
            return ReplyToOriginator(context, new OrderAccepted { OrderId = Data.OrderId });
        }

        public Task Timeout(OrderOverdue state, IMessageHandlerContext context) => Data.Placed ? Task.CompletedTask : context.Publish(new OrderBilled { OrderId = Data.OrderId });
    }

    sealed class OrderSagaData : ContainSagaData
    {
        public string OrderId { get; set; } = "";

        public bool Placed { get; set; }
    }

    sealed class OrderNotFound : ISagaNotFoundHandler
    {
        public Task Handle(object message, IMessageProcessingContext context) => context.Reply(new OrderAccepted());
    }

    sealed class TellingBehavior : Behavior<IInvokeHandlerContext>
    {
        public override async Task Invoke(IInvokeHandlerContext context, Func<Task> next)
        {
            await next();
            await Console.Out.WriteLineAsync($"{context.MessageHandler.HandlerType.Name} handled {context.MessageMetadata.MessageType.Name}");
        }
    }

    sealed class TenantBehavior : Behavior<IOutgoingLogicalMessageContext>
    {
        public override Task Invoke(IOutgoingLogicalMessageContext context, Func<Task> next)
        {
            if (context.TryGetIncomingPhysicalMessage(out var incoming) && incoming.Headers.TryGetValue("tenant", out var tenant)) context.Headers["tenant"] = tenant;
            return next();
        }
    }

    sealed class TenantMutator : IMutateIncomingMessages, IMutateIncomingTransportMessages, IMutateOutgoingMessages, IMutateOutgoingTransportMessages
    {
        public Task MutateIncoming(MutateIncomingMessageContext context) => Task.FromResult(context.Headers["tenant"] = context.Message.ToString()!);

        public Task MutateIncoming(MutateIncomingTransportMessageContext context) => Task.FromResult(context.Body = context.Body[..0]);

        public Task MutateOutgoing(MutateOutgoingMessageContext context) =>
            Task.FromResult(context.TryGetIncomingHeaders(out var headers) && context.TryGetIncomingMessage(out var message) && message is PlaceOrder && headers.ContainsKey("tenant"));

        public Task MutateOutgoing(MutateOutgoingTransportMessageContext context) => Task.FromResult(context.OutgoingHeaders["size"] = $"{context.OutgoingBody.Length}");
    }

    sealed class SuffixConvention : IMessageConvention
    {
        public string Name => "by suffix";

        public bool IsCommandType(Type type) => type.Name.EndsWith("Command", StringComparison.Ordinal);

        public bool IsEventType(Type type) => type.Name.EndsWith("Event", StringComparison.Ordinal);

        public bool IsMessageType(Type type) => false;
    }

    sealed class CreateReportTable : INeedToInstallSomething
    {
        public Task Install(string identity, CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    sealed class PlaceOrder : ICommand { public string OrderId { get; set; } = ""; }

    [TimeToBeReceived("00:10:00")]
    sealed class ShipOrder : ICommand { public string OrderId { get; set; } = ""; }

    sealed class OrderPlaced : IEvent { public string OrderId { get; set; } = ""; }

    sealed class OrderBilled : IEvent { public string OrderId { get; set; } = ""; }

    sealed class OrderShipped : IEvent { public string OrderId { get; set; } = ""; }

    interface IOrderCancelled : IEvent { string OrderId { get; set; } }

    sealed class OrderAccepted : IMessage { public string OrderId { get; set; } = ""; }

    sealed class OrderOverdue { public int Reminder { get; set; } }
}
