using System.Reflection;
using System.Text.Json;
using Dovetail.Bus.Testing;
using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Events;
using Dovetail.Contracts.Tasks.Messages;
using Dovetail.Sagas.Orders;
using Dovetail.Sagas.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Sagas.Tests;

/// <summary>Some orders through the sagas on the real engine, in processes that crash, with messages that come late, twice and in any order; and how it must end.</summary>
sealed class TwinStory(CommitMode mode, int orders = 20)
{
    static readonly OrderDeadlines Orders = new()
    {
        Patience = Seconds(20), PaymentPatience = Seconds(30), Task = Seconds(120), CheckModelPrice = Seconds(2), CheckPicking = Seconds(3), CheckBooking = Seconds(2),
        CheckShipment = Seconds(5), Decision = Seconds(400), Memory = TimeSpan.FromHours(12),
    };

    static readonly TaskDeadlines Tasks = new() { Remind = Seconds(30), Escalate = Seconds(90), Limit = Seconds(240), Memory = TimeSpan.FromHours(12) };

    /// <summary>What became of all orders that were told of, by their last fact and by what happened to their tasks.</summary>
    public Dictionary<string, int> Ends { get; } = [];

    public void Tell(Simulation simulation)
    {
        var broker = simulation.AddBroker(mode);
        var world = new World(simulation, broker);
        var processes = new[] { 1, 2 }.Select(instance => simulation.AddProcess($"Sagas-{instance}", services =>
        {
            services.AddSingleton(Orders).AddSingleton(Tasks).AddSingleton<Microsoft.Extensions.Logging.ILogger<OrderFulfilment>>(NullLogger<OrderFulfilment>.Instance);
            Configure(services, "Sagas", (endpoint, routing) =>
            {
                endpoint.AddSaga<OrderFulfilment>();
                endpoint.AddSaga<HumanTask>();
                foreach (var command in World.Commands) routing.RouteToEndpoint(command, "World");
                routing.RouteToEndpoint(typeof(OpenTask), "Sagas");
                routing.RouteToEndpoint(typeof(CloseTask), "Sagas");
            });
        })).ToList();
        processes.Add(simulation.AddProcess("World", services => Configure(services, "World", (endpoint, routing) =>
        {
            foreach (var command in World.Commands) AddHandler(endpoint, typeof(AskHandler<>).MakeGenericType(command));
            foreach (var fact in World.Facts) AddHandler(endpoint, typeof(FactHandler<>).MakeGenericType(fact));
            foreach (var command in new[] { typeof(ClaimTask), typeof(ReleaseTask), typeof(AnswerTask), typeof(CancelOrder), typeof(ResumeOrder) }) routing.RouteToEndpoint(command, "Sagas");
        })));
        var shop = simulation.AddProcess("Shop", reliable: true, configure: services => Configure(services, "Shop", (endpoint, routing) =>
        {
            endpoint.SendOnly();
            routing.RouteToEndpoint(typeof(PlaceOrder).Assembly, typeof(PlaceOrder).Namespace!, "Sagas");
        }));
        Assert.IsTrue(simulation.RunUntil(() => processes.TrueForAll(process => process.HasStarted), TimeSpan.FromHours(1)));

        for (var number = 1; number <= orders; number++) world.Place($"A-{number}", shop);
        simulation.RunUntilQuiet(TimeSpan.FromDays(3));

        foreach (var queue in broker.Queues) Assert.IsEmpty(broker.Messages(queue), $"Something is left in {queue}.");
        Assert.IsEmpty(broker.Sagas<OrderState>("Sagas"));
        Assert.IsEmpty(broker.Sagas<HumanTaskState>("Sagas"));
        foreach (var end in world.Check()) Ends[end] = Ends.GetValueOrDefault(end) + 1;

        void Configure(IServiceCollection services, string name, Action<EndpointConfiguration, RoutingSettings> more)
        {
            var endpoint = new EndpointConfiguration(name);
            endpoint.UsePersistence<InMemoryPersistence>();
            var routing = endpoint.UseTransport(new InMemoryTransport(broker));
            endpoint.UseSerialization<SystemJsonSerializer>();
            endpoint.AssemblyScanner().Disable = true;
            endpoint.Conventions().DefiningCommandsAs(type => IsOf(type, "Commands")).DefiningEventsAs(type => IsOf(type, "Events")).DefiningMessagesAs(type => IsOf(type, "Messages"));
            endpoint.LimitMessageProcessingConcurrencyTo(4);
            endpoint.Recoverability().Immediate(retries => retries.NumberOfRetries(1)).Delayed(retries => retries.NumberOfRetries(30).TimeIncrease(Seconds(1)));
            more(endpoint, routing);
            services.AddSingleton(world).AddNServiceBusEndpoint(endpoint);
        }
    }

    static void AddHandler(EndpointConfiguration endpoint, Type handler) =>
        typeof(TwinStory).GetMethod(nameof(Add), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(handler).Invoke(null, [endpoint]);

    static void Add<THandler>(EndpointConfiguration endpoint) => endpoint.AddHandler<THandler>();

    static bool IsOf(Type type, string kind) => type.Namespace?.StartsWith("Dovetail.Contracts.", StringComparison.Ordinal) == true && type.Namespace.EndsWith(kind, StringComparison.Ordinal);

    static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>All that is not the sagas: the systems with their books, the people of the call centre, and who keeps what is told. A crash takes nothing of it.</summary>
    sealed class World(Simulation simulation, InMemoryBroker broker)
    {
        static readonly string[] RefusableOperations = ["price/2", "points/2", "hold/2", "hold/3", "hold/4", "oms-amend/1"];

        static readonly Type[] DoneByHand = [typeof(RefundPayment), typeof(VoidPayment), typeof(ReleasePoints), typeof(AccruePoints)];

        readonly Random _chance = new(simulation.Seed);
        readonly Dictionary<string, (PlaceOrder Placed, Systems Systems)> _orders = [];
        readonly Dictionary<string, decimal> _agreed = [];
        readonly HashSet<string> _byHand = [];
        readonly SortedDictionary<(string Of, int Sequence), (object Fact, string Content)> _told = [];

        public static IReadOnlyList<Type> Commands { get; } =
        [
            typeof(RequestModelPrice), typeof(CheckModelPrice), typeof(CancelModelPrice), typeof(PriceOrder), typeof(ReservePoints), typeof(ReleasePoints), typeof(AccruePoints),
            typeof(HoldPayment), typeof(CapturePayment), typeof(VoidPayment), typeof(RefundPayment), typeof(RegisterOrder), typeof(AmendOrder), typeof(CheckPicking),
            typeof(CancelOmsOrder), typeof(MarkOrderShipped), typeof(MarkOrderComplete), typeof(BookShipment), typeof(CheckShipment), typeof(CancelShipment), typeof(NotifyCustomer),
        ];

        public static IReadOnlyList<Type> Facts { get; } =
            [.. typeof(OrderPlaced).Assembly.GetExportedTypes().Where(type => type.Namespace == typeof(OrderPlaced).Namespace || type.Namespace == typeof(TaskOpened).Namespace)];

        public void Place(string id, SimulatedProcess shop)
        {
            var placed = Samples.All.Values.ElementAt(_chance.Next(Samples.All.Count)) with { OrderId = id, PlacedAt = simulation.Time.GetUtcNow() };
            var systems = new Systems(simulation.Time)
            {
                // Whoever asks for money to be released may be told of the cancellation later.
                IsBeingCancelled = () => broker.Sagas<OrderState>("Sagas").FirstOrDefault(order => order.OrderId == id) is null or { Ending: not null },
                IsTakenByHand = Rarely(10),
                HoldsFor = Rarely(3) ? Seconds(_chance.Next(100, 400)) : null,
                Obstinacy = Math.Max(0, _chance.Next(6) - 4),
                Missing = lines => lines.Where(_ => _chance.Next(2) == 0).ToList() is { Count: > 0 } some ? some : [lines[^1]],
                Picking = [.. Enumerable.Repeat(PickingState.OutOfStock, Math.Max(0, _chance.Next(5) - 1)), Rarely(10) ? PickingState.Cancelled : PickingState.Picked],
                Shipping = [ShipmentState.Requested, ShipmentState.Booked, ShipmentState.InTransit, Rarely(8) ? ShipmentState.NotDelivered : ShipmentState.Delivered],
            };
            foreach (var command in DoneByHand.Where(_ => Rarely(10))) systems.Fails.Add(command);
            if (Rarely(8)) systems.Refuses.Add(Commands[_chance.Next(Commands.Count)]);
            foreach (var operation in RefusableOperations.Where(_ => Rarely(6))) systems.RefusesOperations.Add(operation);
            (_orders[id], _agreed[id]) = ((placed, systems), placed.AgreedTotal.Amount);

            Send(shop, placed, TimeSpan.Zero);
            if (Rarely(4)) Send(shop, placed, Seconds(_chance.Next(60)));
            if (Rarely(3)) Send(shop, new CancelOrder(id, "changed my mind"), Seconds(_chance.Next(Rarely(2) ? 30 : 300)));
        }

        public async Task Ask(object command, IMessageHandlerContext context, TimeProvider time)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_chance.Next(2_000)), time, context.CancellationToken);
            var systems = _orders[Read<string>(command, "OrderId")].Systems;
            if (systems.Answer(command) is { } answer) await context.Reply(answer);

            // Somebody has the copies retried that failed before it was done by hand.
            if (!Systems.IsSettled(command)) return;
            foreach (var copy in systems.CopiesOf(command))
            {
                if (systems.Retry(copy) is { } again) await context.Reply(again);
            }
        }

        public async Task Hear(object fact, IMessageHandlerContext context)
        {
            var isOfTask = fact.GetType().Namespace == typeof(TaskOpened).Namespace;
            var sequence = isOfTask ? Read<TaskStanding>(fact, "Standing").Sequence : Read<Standing>(fact, "Standing").Sequence;
            var of = Read<string>(fact, isOfTask ? "TaskId" : "OrderId");
            var content = fact.GetType().Name + JsonSerializer.Serialize(fact, fact.GetType());
            if (_told.TryGetValue((of, sequence), out var earlier)) Assert.AreEqual(earlier.Content, content, "Two facts have one number.");
            _told[(of, sequence)] = (fact, content);
            if (fact is TaskOpened opened) await Decide(opened, context);
            if (fact is OrderNeedsAttention) await DoByHand(of, context);
            if (fact is OrderSubstitutionDecided or OrderPriced && Rarely(8)) await Send(context, new CancelOrder(of, "not like that"), _chance.Next(12));
        }

        /// <summary>How each order ended, and each task.</summary>
        public IEnumerable<string> Check()
        {
            foreach (var (id, (placed, systems)) in _orders)
            {
                var facts = FactsOf(id);
                if (facts[^1] is OrderCancelled) Accounts.NothingRemains(systems);
                else Accounts.AllIsSettled(systems, placed, _agreed[id], facts.OfType<OrderAmended>().Any());
                Assert.IsTrue(facts[^1] is OrderCancelled or OrderCompleted, $"{id} has not ended.");
                yield return facts[^1].GetType().Name;
            }
            foreach (var task in _told.Keys.Select(fact => fact.Of).Where(of => of.Contains("/task/", StringComparison.Ordinal)).Distinct())
            {
                string? claimant = null;
                foreach (var fact in FactsOf(task))
                {
                    if (fact is TaskClaimed) Assert.IsNull(claimant, $"{fact} takes it from {claimant}.");
                    claimant = fact switch { TaskClaimed claimed => claimed.By, TaskReleased or TaskEscalated or TaskEnded => null, _ => claimant };
                    if (fact is not TaskOpened) yield return fact is TaskEnded end ? $"task {end.Outcome}" : fact.GetType().Name;
                }
                Assert.ContainsSingle(FactsOf(task).OfType<TaskEnded>());
            }
        }

        List<object> FactsOf(string id)
        {
            var facts = _told.Where(fact => fact.Key.Of == id).ToList();
            CollectionAssert.AreEqual(Enumerable.Range(1, facts.Count).ToList(), facts.Select(fact => fact.Key.Sequence).ToList(), $"{id} has gaps.");
            return [.. facts.Select(fact => fact.Value.Fact)];
        }

        /// <summary>Two people go for it; one of them may give it back; somebody may decide, and sooner or later than the hub waits.</summary>
        async Task Decide(TaskOpened task, IMessageHandlerContext context)
        {
            foreach (var person in new[] { "ivan", "olga" })
            {
                var at = _chance.Next(300);
                await Send(context, new ClaimTask(task.TaskId, person), at);
                if (Rarely(4)) await Send(context, new ReleaseTask(task.TaskId, person), at + _chance.Next(60));
                var open = new OpenTask(task.TaskId, task.OrderId, task.Kind, "", task.Question, task.Lines, task.Missing, task.AgreedTotal);
                if (Desk.Anything(open, _chance) is not TaskAnswered answer) continue;
                if (answer.AgreedTotal is { } agreed) _agreed[task.OrderId] = Math.Max(_agreed[task.OrderId], agreed.Amount);
                await Send(context, new AnswerTask(task.TaskId, person, answer.Lines, answer.AgreedTotal, answer.CancelReason), at + _chance.Next(60));
            }
        }

        /// <summary>Support does by hand what keeps failing, and says so.</summary>
        async Task DoByHand(string id, IMessageHandlerContext context)
        {
            var systems = _orders[id].Systems;
            if (broker.Sagas<OrderState>("Sagas").FirstOrDefault(order => order.OrderId == id) is not { Attention: not null } asking) return;
            if (systems.ErrorQueue.Find(copy => Systems.OperationOf(copy) == Steps.Operation(asking)) is not { } failed) return;
            if (_byHand.Add(Steps.Operation(asking))) systems.DoByHand(failed);
            await Send(context, new ResumeOrder(id, "support-1", Settled: true), _chance.Next(20));
        }

        static Task Send(IMessageHandlerContext context, object command, int seconds)
        {
            var options = new SendOptions();
            options.DelayDeliveryWith(Seconds(seconds));
            return context.Send(command, options);
        }

        static void Send(SimulatedProcess shop, object command, TimeSpan delay) => shop.Do(services =>
        {
            var options = new SendOptions();
            if (delay > TimeSpan.Zero) options.DelayDeliveryWith(delay);
            return services.GetRequiredService<IMessageSession>().Send(command, options);
        });

        static T Read<T>(object message, string property) => (T)message.GetType().GetProperty(property)!.GetValue(message)!;

        bool Rarely(int oneIn) => _chance.Next(oneIn) == 0;
    }

    sealed class AskHandler<TCommand>(World world, TimeProvider time) : IHandleMessages<TCommand>
    {
        public Task Handle(TCommand message, IMessageHandlerContext context) => world.Ask(message!, context, time);
    }

    sealed class FactHandler<TFact>(World world) : IHandleMessages<TFact>
    {
        public Task Handle(TFact message, IMessageHandlerContext context) => world.Hear(message!, context);
    }
}
