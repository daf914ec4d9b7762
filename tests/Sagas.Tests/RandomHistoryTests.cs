using System.Collections.Concurrent;
using System.Globalization;
using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;
using Dovetail.Sagas.Orders;

namespace Dovetail.Sagas.Tests;

/// <summary>Thousands of lives of an order, with delays, silence, doubled and overtaking messages, refusals and changes of mind.</summary>
/// <remarks>A history is its seed: the failure names it, and one line repeats it.</remarks>
[TestClass]
public sealed class RandomHistoryTests(TestContext test)
{
    const int Usual = 4_000;

    // More of them, or others, for a night.
    static readonly int Histories = Given("DOVETAIL_HISTORIES", Usual);
    static readonly int First = Given("DOVETAIL_SEED", 1);

    /// <summary>The saga goes no step that is not declared; so none is declared that it never goes.</summary>
    [TestMethod, Timeout(240_000, CooperativeCancellation = true)]
    public void Every_order_ends_with_all_accounts_balanced_and_together_they_go_every_way_there_is()
    {
        var ends = new ConcurrentDictionary<string, int>();
        var steps = new ConcurrentDictionary<(Step From, Step To), int>();
        Parallel.For(First, First + Histories, new ParallelOptions { CancellationToken = test.CancellationToken, MaxDegreeOfParallelism = 2 }, seed =>
        {
            var history = new History(seed);
            ends.AddOrUpdate(history.Live(), 1, (_, count) => count + 1);
            if (history.MeetsOldHold) ends.AddOrUpdate(nameof(history.MeetsOldHold), 1, (_, count) => count + 1);
            foreach (var step in history.Steps) steps.AddOrUpdate(step, 1, (_, count) => count + 1);
        });

        // How much ground other histories cover is their affair.
        if ((First, Histories) != (1, Usual)) return;
        Assert.IsGreaterThan(Histories / 10, ends.GetValueOrDefault(nameof(OrderCompleted)), "Too few orders were completed for the test to mean much.");
        Assert.IsGreaterThan(Histories / 10, ends.GetValueOrDefault(nameof(OrderCancelled)), "Too few orders were cancelled for the test to mean much.");
        Assert.IsGreaterThan(0, ends.GetValueOrDefault(nameof(History.MeetsOldHold)), "No part was ever asked for while another refund of the payment was under way.");
        var gone = steps.Keys.Concat(RareWays.All.SelectMany(way => way().Steps)).ToHashSet();
        Assert.AreEqual(
            "", string.Join("; ", OrderSteps.Map.All.Where(step => !gone.Contains((step.From, step.To))).Select(step => $"{step.From} -> {step.To}: {step.Because}")),
            "Nobody ever goes there: delete it where it is declared, or have a history go there.");
    }

    static int Given(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var given) ? given : otherwise;

    sealed class History
    {
        static readonly Type[] Refusable =
            [typeof(RequestModelPrice), typeof(PriceOrder), typeof(ReservePoints), typeof(HoldPayment), typeof(RegisterOrder), typeof(CapturePayment), typeof(BookShipment)];

        static readonly Type[] DoneByHand = [typeof(RefundPayment), typeof(VoidPayment), typeof(ReleasePoints), typeof(AccruePoints)];

        static readonly string[] RefusableOperations = ["price/2", "price/3", "points/2", "points/3", "hold/2", "hold/3", "hold/4", "oms-amend/1", "oms-amend/2"];

        static readonly TimeSpan LateAlarm = TimeSpan.FromSeconds(90);

        readonly int _seed;
        readonly Random _chance;
        readonly OrderStory _order = new() { AlarmsRingLate = LateAlarm };
        readonly OrderWalk _accounts;
        readonly PriorityQueue<Action, (DateTimeOffset, int)> _coming = new();
        readonly PlaceOrder _placed;
        readonly HashSet<string> _refunds = [];
        readonly HashSet<object> _alarms = new(ReferenceEqualityComparer.Instance);
        int _number;
        int _read;
        int _told;

        public History(int seed)
        {
            (_seed, _chance) = (seed, new Random(seed));
            _placed = Samples.All.Values.ElementAt(_chance.Next(Samples.All.Count));
            _accounts = new OrderWalk(_order, Prepare);
        }

        public IReadOnlySet<(Step From, Step To)> Steps => _order.Steps;

        /// <summary>A part was asked for while something else of the same payment was on its way back.</summary>
        public bool MeetsOldHold { get; private set; }

        /// <summary>Lets everything happen that is to happen.</summary>
        /// <returns>How it ended.</returns>
        public string Live()
        {
            _order.Receives(_placed);
            FollowUp();
            if (Rarely(4)) Later(Seconds(30), () => Receive(_placed));
            if (Rarely(4)) Later(Seconds(1_000_000), () => Receive(_placed));
            for (var wishes = _chance.Next(3); wishes > 0; wishes--) Later(Moment(), () => Receive(new CancelOrder("A-1", "changed my mind")));
            if (Rarely(5)) Later(Moment(), () => Receive(new ResumeOrder("A-1", "support-1")));
            if (Rarely(4)) Refund(Moment());

            for (var events = 0; _coming.TryDequeue(out var happens, out var when); events++)
            {
                if (when.Item1 > _order.Clock.Now) _order.Clock.Now = when.Item1;
                Guarded(happens);
                Guarded(() => Assert.IsLessThan(20_000, events, "The order goes round in circles."));
            }
            Guarded(CheckEnd);
            return End.GetType().Name;
        }

        object End => _order.Facts.Last(fact => fact is OrderCompleted or OrderCancelled);

        void Prepare(Systems systems)
        {
            if (Rarely(4)) systems.Refuses.Add(Refusable[_chance.Next(Refusable.Length)]);
            systems.HoldsFor = Rarely(3) ? TimeSpan.FromHours(_chance.Next(1, 60)) : null;
            foreach (var command in DoneByHand.Where(_ => Rarely(8))) systems.Fails.Add(command);
            systems.IsTakenByHand = Rarely(10);
            systems.Obstinacy = Math.Max(0, _chance.Next(6) - 3);
            systems.ModelDelay = Rarely(20) ? 200 : _chance.Next(6);
            systems.Picking =
            [
                .. Enumerable.Repeat(PickingState.InProgress, Rarely(20) ? 300 : _chance.Next(6)),
                .. Enumerable.Repeat(PickingState.OutOfStock, Math.Max(0, _chance.Next(6) - 2)), Ending(PickingState.Picked, PickingState.OutOfStock, PickingState.Cancelled),
            ];
            systems.Missing = lines => lines.Where(_ => _chance.Next(2) == 0).ToList() is { Count: > 0 } some ? some : [lines[^1]];
            systems.CallCentre = task => Desk.Anything(task, _chance);
            foreach (var operation in RefusableOperations.Where(_ => Rarely(8))) systems.RefusesOperations.Add(operation);
            systems.Shipping =
            [
                .. Enumerable.Repeat(ShipmentState.Requested, _chance.Next(3)), .. Enumerable.Repeat(ShipmentState.Booked, _chance.Next(3)),
                .. Enumerable.Range(0, _chance.Next(5)).Select(_ => (ShipmentState)_chance.Next((int)ShipmentState.InTransit, (int)ShipmentState.Delivered)),
                Ending(ShipmentState.Delivered, ShipmentState.NotDelivered, ShipmentState.Removed),
            ];
        }

        /// <summary>Commands travel to their systems, alarms are set, and somebody looks after tasks.</summary>
        void FollowUp()
        {
            for (; _read < _order.Commands.Count; _read++)
            {
                var command = _order.Commands[_read];
                for (var copies = Rarely(8) ? 2 : 1; copies > 0; copies--) Later(Travel(), () => Answer(command));
            }
            foreach (var alarm in _order.Alarms.Where(alarm => _alarms.Add(alarm.State)))
            {
                Later(alarm.At - _order.Clock.Now + (Rarely(3) ? LateAlarm * _chance.NextDouble() : TimeSpan.Zero) - (Rarely(10) ? Seconds(2) : TimeSpan.Zero), () => _order.Ring(alarm));
            }
            for (; _told < _order.Facts.Count; _told++)
            {
                if (_order.Facts[_told] is OrderSubstitutionDecided or OrderPointsReleased && Rarely(6)) Later(Seconds(10), () => Receive(new CancelOrder("A-1", "not like that")));
                if (_order.Facts[_told] is OrderSubstitutionDecided && Rarely(3))
                {
                    foreach (var old in _accounts.Answers.Where(_ => Rarely(4)).ToList()) Later(Seconds(20), () => Receive(old));
                }
                if (_order.Facts[_told] is OrderPaid or OrderShipmentBooked or OrderOnItsWay or OrderDelivered or OrderCompleted && Rarely(8)) Refund(Seconds(Rarely(3) ? 1_000_000 : 60));
                if (_order.Facts[_told] is OrderRefundAsked && Rarely(4)) Later(Seconds(10), () => Receive(new CancelOrder("A-1", "not like that")));
                if (_order.Facts[_told] is OrderNeedsAttention && _chance.Next(2) == 0) Later(Seconds(7200), Resume);
            }
        }

        /// <summary>Support does by hand what keeps failing, and says so; else it has the order asked for once more.</summary>
        void Resume()
        {
            var failed = _accounts.Systems.ErrorQueue.Find(copy => _order.AsksPeopleFor(Systems.OperationOf(copy)!));
            if (failed is not null) _accounts.Systems.DoByHand(failed);
            Receive(new ResumeOrder("A-1", "support-1", Settled: failed is not null));
            if (failed is null) return;
            foreach (var copy in _accounts.Systems.CopiesOf(failed)) Later(Seconds(20_000), () => Retry(copy));
        }

        /// <summary>Somebody finds a copy of what was done by hand among the failed messages, and has it retried; but not before the system has been told.</summary>
        void Retry(object copy)
        {
            var operation = Systems.OperationOf(copy)!;
            if (_order.Commands.Exists(command => Systems.IsSettled(command) && Systems.OperationOf(command) == operation) && !_accounts.Systems.Knows(operation)) Later(Seconds(20_000), () => Retry(copy));
            else if (_accounts.Systems.Retry(copy) is { } answer) Later(Travel(), () => Receive(answer));
        }

        void Answer(object command)
        {
            if (_accounts.Systems.Answer(command) is not { } answer) return;
            _accounts.Answers.Add(answer);
            if (command is RefundPayment refund && Rarely(6)) Later(Seconds(Rarely(3) ? 60 : 1_000_000), () => Return(refund));
            var thinking = command is OpenTask ? Seconds(answer is TaskUnanswered ? 100_000 : 10_000) : TimeSpan.Zero;
            for (var copies = Rarely(8) ? 2 : 1; copies > 0; copies--) Later(thinking + Travel(), () => Receive(answer));
        }

        /// <summary>A provider tells it to whoever still knows the order, more than once.</summary>
        void Return(RefundPayment refund)
        {
            if (_order.Stored is null || _accounts.Systems.Return(refund) is not { } failed) return;
            Receive(failed);
            if (Rarely(3)) Later(Travel(), () => Receive(failed));
        }

        void Receive(object message) => _order.Receives(message);

        /// <summary>Support wants up to three parts paid back, some of them twice, and more than there is at times.</summary>
        void Refund(TimeSpan at)
        {
            for (var parts = _chance.Next(1, 4); parts > 0; parts--)
            {
                var wish = Samples.Refund(_chance.Next(1, 300_000) / 100m, $"r-{_number}");
                for (var copies = Rarely(4) ? 2 : 1; copies > 0; copies--)
                {
                    Later(at + Travel(), () =>
                    {
                        if (_order.Stored is not null) _refunds.Add(wish.RefundId);
                        MeetsOldHold |= _order.Stored is not null && _order.State.Step == Step.RefundOldHold;
                        Receive(wish);
                    });
                }
            }
        }

        void CheckEnd()
        {
            Assert.IsTrue(_order.HasEnded, "Nothing will happen any more, and the order has not ended.");
            Assert.IsTrue(_order.IsForgotten, "Nothing will happen any more, and the order is still remembered.");
            _accounts.AllPartsAreBack(_refunds.Count);
            if (End is OrderCancelled) _accounts.NothingRemains();
            else _accounts.AllIsSettled(_placed);
        }

        void Guarded(Action happens)
        {
            try
            {
                happens();
                FollowUp();
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                throw new AssertFailedException(string.Create(CultureInfo.InvariantCulture,
                    $"History {_seed}: {failure.Message}\n{string.Join('\n', _order.Facts)}\n{_accounts.Systems}"), failure);
            }
        }

        void Later(TimeSpan delay, Action happens) => _coming.Enqueue(happens, (_order.Clock.Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero), _number++));

        /// <summary>Mostly soon; sometimes after the next asking; rarely long after a person was asked to look.</summary>
        TimeSpan Travel() => _chance.Next(40) switch
        {
            0 => Seconds(36_000),
            < 4 => Seconds(600),
            _ => Seconds(2),
        };

        TimeSpan Moment() => Seconds(_chance.Next(3) switch { 0 => 10, 1 => 600, _ => 20_000 });

        TimeSpan Seconds(int most) => TimeSpan.FromMilliseconds(_chance.Next(most * 1000));

        bool Rarely(int oneIn) => _chance.Next(oneIn) == 0;

        T Ending<T>(T good, params T[] bad) => Rarely(6) ? bad[_chance.Next(bad.Length)] : good;
    }
}
