using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Sagas.Orders;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Sagas.Tests;

/// <summary>One order's life: the real saga, whose state is JSON between messages, and a clock moved by hand.</summary>
/// <remarks>What must hold after every message is checked after every message.</remarks>
sealed class OrderStory(OrderDeadlines? deadlines = null)
{
    static readonly MappingReader Reader = Read(new MappingReader());

    readonly Dictionary<string, string> _operations = [];
    readonly List<(DateTimeOffset At, object State)> _alarms = [];
    string? _state;

    public OrderDeadlines Deadlines { get; } = deadlines ?? new();

    /// <summary>How late the bus may ring an alarm: so long, a deadline in a fact may have passed.</summary>
    public TimeSpan AlarmsRingLate { get; init; }

    public ManualClock Clock { get; } = new();

    public List<object> Facts { get; } = [];

    public List<object> Commands { get; } = [];

    public IReadOnlyList<(DateTimeOffset At, object State)> Alarms => _alarms;

    public bool IsRunning => Read() is { HasEnded: false };

    public bool HasEnded { get; private set; }

    /// <summary>That it ended was remembered for long enough.</summary>
    public bool IsForgotten => HasEnded && _state is null;

    /// <summary>Gets what comes for an order that nobody remembers.</summary>
    public static Type? ForUnknownOrders => Reader.NotFound;

    /// <summary>What is still known of it, as it is stored.</summary>
    public string? Stored => _state;

    public RecordingLog Log { get; } = new();

    /// <summary>From which step to which it has gone.</summary>
    public HashSet<(Step From, Step To)> Steps { get; } = [];

    public OrderState State => Read() ?? throw new InvalidOperationException("No order is running.");

    /// <summary>It is this operation that a person has a task for.</summary>
    public bool AsksPeopleFor(string operation) => Read() is { } order
        && (order.Attention is not null ? Dovetail.Sagas.Orders.Steps.Operation(order) == operation : order.Refunds is { Attention: not null } parts && parts.IsAsked(order.OrderId, operation));

    /// <summary>Fact by fact, without what differs from run to run.</summary>
    public IEnumerable<string> Journey => Facts.Select(fact => fact.GetType().Name);

    /// <summary>The last command of this type.</summary>
    public T Sent<T>() => Commands.OfType<T>().LastOrDefault() ?? throw new AssertFailedException($"No {typeof(T).Name} was sent, only {Names(Commands)}.");

    public IReadOnlyList<T> AllSent<T>() => [.. Commands.OfType<T>()];

    /// <summary>The last fact of this type.</summary>
    public T Published<T>() => Facts.OfType<T>().LastOrDefault() ?? throw new AssertFailedException($"No {typeof(T).Name} was published, only {Names(Facts)}.");

    public IReadOnlyList<T> AllPublished<T>() => [.. Facts.OfType<T>()];

    public OrderStory Receives(params object[] messages)
    {
        foreach (var message in messages) Handle(message);
        return this;
    }

    /// <summary>Moves the clock, and rings each alarm at its time.</summary>
    public OrderStory TimePasses(TimeSpan span)
    {
        var until = Clock.Now + span;
        while (_alarms.Count > 0 && _alarms.Min(alarm => alarm.At) <= until) RingNext();
        Clock.Now = until;
        return this;
    }

    /// <summary>Moves the clock to the next alarm, and rings it.</summary>
    public void RingNext()
    {
        var next = _alarms.MinBy(alarm => alarm.At);
        if (Clock.Now < next.At) Clock.Now = next.At;
        Ring(next);
    }

    public void Ring((DateTimeOffset At, object State) alarm)
    {
        _alarms.Remove(alarm);
        Handle(JsonSerializer.Deserialize<OrderFulfilment.Alarm>(JsonSerializer.Serialize(alarm.State))!);
    }

    /// <summary>Takes out of the stored order what an earlier version did not write.</summary>
    public void Forget(params string[] properties)
    {
        var stored = JsonNode.Parse(_state!)!.AsObject();
        foreach (var property in properties) stored.Remove(property);
        _state = stored.ToJsonString();
    }

    /// <summary>The bus loses it.</summary>
    public void Lose((DateTimeOffset At, object State) alarm) => _alarms.Remove(alarm);

    void Handle(object message)
    {
        var alarm = message as OrderFulfilment.Alarm;
        var running = Read();
        var from = running?.Step ?? Step.NotBegun;
        var paysBack = running is { HasEnded: true, PaysBack: true };
        var ended = HasEnded;
        if (running is null && message is not PlaceOrder) return;
        if (running is not null && alarm is null) Assert.AreEqual(running.OrderId, Reader.Mappings[message.GetType()](message), $"{message} does not find its order.");

        var saga = new OrderFulfilment(Deadlines, Clock, Log) { Data = running ?? new OrderState { Id = Guid.NewGuid() } };
        var context = new RecordingContext();
        var handling = alarm is not null ? saga.Timeout(alarm, context) : (Task)typeof(IHandleMessages<>).MakeGenericType(message.GetType())
            .GetMethod("Handle")!.Invoke(saga, BindingFlags.DoNotWrapExceptions, null, [message, context], null)!;
        handling.GetAwaiter().GetResult();

        Facts.AddRange(context.Published);
        Commands.AddRange(context.Sent);
        _alarms.AddRange(context.Timeouts);
        _state = saga.Completed ? null : JsonSerializer.Serialize(saga.Data);
        HasEnded |= saga.Data.HasEnded;
        if (from != saga.Data.Step) Steps.Add((from, saga.Data.Step));
        if (ended && !paysBack && message is not (RefundPart or RefundFailed)) Assert.IsEmpty([.. context.Published, .. context.Sent], $"{message} moved an order that had ended.");
        else CheckFacts(context.Published, saga.Data);
        CheckOperations(context.Sent);
        if (!saga.Completed) CheckAlarm(saga.Data);
    }

    OrderState? Read() => _state is null ? null : JsonSerializer.Deserialize<OrderState>(_state);

    void CheckFacts(List<object> published, OrderState order)
    {
        var ended = order.HasEnded;
        for (var i = 0; i < published.Count; i++)
        {
            var (fact, standing) = (published[i], StandingOf(published[i]));
            Assert.AreEqual(Facts.Count - published.Count + i + 1, standing.Sequence, $"{fact} leaves a gap.");
            Assert.AreEqual(Clock.Now, standing.At, $"{fact} has another time than the clock.");
            if (fact is OrderCompleted or OrderCancelled)
            {
                Assert.IsTrue(ended && i == published.Count - 1, $"{fact} is not the last.");
                Assert.AreEqual(new Standing(standing.Sequence, standing.At), standing, "Nobody acts next on an order that has ended.");
            }
            else if (standing.Owner is null)
            {
                Assert.IsTrue(AllPublished<OrderCompleted>().Count + AllPublished<OrderCancelled>().Count == 1 && fact is OrderPartRefunded or OrderRefundRepeated or OrderRefundRefused or OrderAttentionEnded, $"{fact}: nobody acts next.");
                Assert.AreEqual(new Standing(standing.Sequence, standing.At), standing, $"{fact}: nobody acts next, by and by.");
            }
            else
            {
                Assert.IsFalse(string.IsNullOrWhiteSpace(standing.Owner) || string.IsNullOrWhiteSpace(standing.Waiting) || standing.Deadline is null, $"{fact}: nobody acts next.");
                Assert.IsGreaterThanOrEqualTo(Clock.Now - AlarmsRingLate, standing.Deadline!.Value, $"{fact} waits for the past.");
            }
        }
        Assert.IsLessThanOrEqualTo(AllPublished<OrderCancellationRefused>().Count + 1, AllPublished<OrderCancelling>().Count, "One cancellation was told twice.");
        if (ended) Assert.AreEqual(1, AllPublished<OrderCompleted>().Count + AllPublished<OrderCancelled>().Count, "The order ended without saying so, or said so twice.");
    }

    /// <summary>An operation id is the vendor's idempotency key: two commands with one id must be one command.</summary>
    void CheckOperations(List<object> sent)
    {
        foreach (var command in sent)
        {
            var id = (command.GetType().GetProperty("OperationId") ?? command.GetType().GetProperty("NotificationId"))?.GetValue(command) as string;
            if (id is null) continue;
            var content = command.GetType().Name + JsonSerializer.Serialize(command, command.GetType()).Replace("\"Settled\":true", "\"Settled\":false", StringComparison.Ordinal);
            if (!_operations.TryAdd(id, content)) Assert.AreEqual(_operations[id], content, $"Operation {id} was used for two things.");
        }
    }

    void CheckAlarm(OrderState order) => Assert.IsTrue(
        _alarms.Exists(alarm => alarm.At <= order.NextDeadline), $"Nothing wakes the order at {order.NextDeadline:O}, when it must act in step {order.Step}.");

    static Standing StandingOf(object fact) => (Standing)fact.GetType().GetProperty("Standing")!.GetValue(fact)!;

    static string Names(IEnumerable<object> messages) => string.Join(", ", messages.Select(message => message.GetType().Name));

    static MappingReader Read(MappingReader reader)
    {
        typeof(Saga).GetMethod("ConfigureHowToFindSaga", BindingFlags.NonPublic | BindingFlags.Instance, [typeof(IConfigureHowToFindSagaWithMessage)])!
            .Invoke(new OrderFulfilment(new(), TimeProvider.System, NullLogger<OrderFulfilment>.Instance), [reader]);
        return reader;
    }

    sealed class MappingReader : IConfigureHowToFindSagaWithMessage, IConfigureSagaNotFoundHandler
    {
        public Dictionary<Type, Func<object, object?>> Mappings { get; } = [];

        public Type? NotFound { get; private set; }

        public void ConfigureSagaNotFoundHandler<TNotFoundHandler>() where TNotFoundHandler : ISagaNotFoundHandler => NotFound = typeof(TNotFoundHandler);

        public void ConfigureMapping<TSagaEntity, TMessage>(
            Expression<Func<TSagaEntity, object?>> sagaEntityProperty, Expression<Func<TMessage, object?>> messageProperty)
            where TSagaEntity : class, IContainSagaData
        {
            var read = messageProperty.Compile();
            Mappings.Add(typeof(TMessage), message => read((TMessage)message));
        }
    }
}
