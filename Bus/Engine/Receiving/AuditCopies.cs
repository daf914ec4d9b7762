using Dovetail.Bus.Configuration;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Audit;
using NServiceBus.Pipeline;
using NServiceBus.Transport;

namespace Dovetail.Bus.Receiving;

/// <summary>Copies of handled messages for the audit queue, and receipts for retries that ServiceControl asked for.</summary>
sealed class AuditCopies
{
    const int Described = 7;
    const string RetryId = "ServiceControl.Retry.UniqueMessageId";
    const string RetryReceiptQueue = "ServiceControl.Retry.AcknowledgementQueue";

    readonly EndpointSettings _settings;
    readonly ITransport _transport;
    readonly Departures _departures;
    readonly TimeProvider _time;
    readonly Func<IAuditContext, Task>? _auditing;

    public AuditCopies(EndpointSettings settings, Behaviors behaviors, Departures departures, ITransport transport, TimeProvider time)
    {
        _settings = settings;
        _transport = transport;
        _departures = departures;
        _time = time;
        _auditing = behaviors.Chain<IAuditContext>(context => Route((AuditContext)context));
    }

    /// <param name="handling">Where the message was handled: the copy joins what was sent there.</param>
    public async Task Add(MessageHandlerContext handling, ReceivedMessage message, DateTimeOffset startedAt)
    {
        var receipted = await AddReceipt(handling, message);
        if (_settings.AuditQueue is not { } queue) return;

        var address = _transport.Address(queue);
        if (_auditing is null)
        {
            var headers = new Dictionary<string, string>(message.Headers.Count + Described, StringComparer.Ordinal);
            foreach (var (name, value) in message.Headers) headers[name] = value;
            Describe(headers, startedAt, receipted);
            var copy = new OutgoingOperation(headers[Headers.MessageId], headers, message.Body, new Target.Queue(address), ExpiresAfter: _settings.AuditTimeToBeReceived);
            foreach (var each in await _departures.Route(copy, null, handling.Around)) handling.Add(each);
            return;
        }
        var handled = new OutgoingMessage(message.Headers[Headers.MessageId], new Dictionary<string, string>(message.Headers, StringComparer.Ordinal), message.Body);
        var context = new AuditContext(handling, handled, address, _settings.AuditTimeToBeReceived);
        Describe(context.AuditMetadata, startedAt, receipted);
        await _auditing(context);
    }

    void Describe(Dictionary<string, string> headers, DateTimeOffset startedAt, bool receipted)
    {
        headers[Headers.ProcessingStarted] = WireTime.Write(startedAt);
        headers[Headers.ProcessingEnded] = WireTime.Write(_time.GetUtcNow());
        headers[Headers.HostId] = _settings.Host.Id.ToString("N");
        headers[Headers.HostDisplayName] = _settings.Host.DisplayName;
        headers[Headers.ProcessingMachine] = _settings.Host.Machine;
        headers[Headers.ProcessingEndpoint] = _settings.EndpointName;
        if (receipted) headers["ServiceControl.Retry.AcknowledgementSent"] = "true";
    }

    async Task Route(AuditContext context)
    {
        foreach (var copy in context.AuditAction.GetRoutingContexts(context.PreventChanges()))
        {
            foreach (var each in await _departures.Route(copy)) context.Handling.Add(each);
        }
    }

    async Task<bool> AddReceipt(MessageHandlerContext handling, ReceivedMessage message)
    {
        if (!message.Headers.TryGetValue(RetryId, out var retryId) || !message.Headers.TryGetValue(RetryReceiptQueue, out var queue)) return false;

        var id = CombGuid.New(_time.GetUtcNow()).ToString();
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ServiceControl.Retry.Successful"] = WireTime.Write(_time.GetUtcNow()),
            [RetryId] = retryId,
            [Headers.ControlMessageHeader] = bool.TrueString,
        };
        var receipt = new OutgoingOperation(id, headers, ReadOnlyMemory<byte>.Empty, new Target.Queue(_transport.Address(queue)), MayGetLost: true);
        foreach (var each in await _departures.Route(receipt, null, handling.Around)) handling.Add(each);
        return true;
    }

    sealed class AuditContext(MessageHandlerContext handling, OutgoingMessage message, string address, TimeSpan? worth)
        : StageContext(handling.Stage, handling.Around.Services, handling.CancellationToken), IAuditContext, IAuditActionContext
    {
        public MessageHandlerContext Handling => handling;

        public AuditAction AuditAction { get; set; } = new RouteToAudit();

        public string AuditAddress => address;

        public Dictionary<string, string> AuditMetadata { get; } = new(StringComparer.Ordinal);

        public OutgoingMessage Message => message;

        public TimeSpan? TimeToBeReceived => worth;

        IReadOnlyDictionary<string, string> IAuditActionContext.AuditMetadata => AuditMetadata;

        public IAuditActionContext PreventChanges() => this;
    }
}
