using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Events;
using Dovetail.Contracts.Notifications.Messages;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;
using Dovetail.Sagas.Notifications;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus.Testing;

namespace Dovetail.Sagas.Tests;

/// <summary>Thousands of notifications to customers of all kinds, with silence, delays, refusals, doubled and overtaking messages.</summary>
/// <remarks>A history is its seed: the failure names it, and one line repeats it.</remarks>
[TestClass]
public sealed class NotificationHistoryTests(TestContext test)
{
    const int Histories = 2_000;

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Every_customer_is_told_once_or_a_person_hears_that_he_was_not()
    {
        var gone = new HashSet<(NotificationStep, NotificationStep)>();
        for (var seed = 0; seed < Histories; seed++)
        {
            test.CancellationToken.ThrowIfCancellationRequested();
            await new History(seed, gone).Live();
        }

        Assert.AreEqual("", string.Join('\n', CustomerNotification.Steps.All.Where(step => !gone.Contains((step.From, step.To))).Select(step => $"{step.From} -> {step.To}: {step.Because}")));
    }

    sealed class History
    {
        const string Id = "A-1/notification";

        static readonly NotificationKind[] Kinds = [NotificationKind.OrderShipped, NotificationKind.OrderShipped, NotificationKind.OrderCancelled, NotificationKind.Offer];

        readonly int _seed;
        readonly Random _chance;
        readonly HashSet<(NotificationStep, NotificationStep)> _gone;
        readonly TestableSaga<CustomerNotification, NotificationState> _saga;
        readonly PriorityQueue<object, (DateTime, int)> _coming = new();
        readonly NotifyCustomer _asked;
        readonly bool _hasTelegram, _prefersTelegram, _agrees, _isOvertaken, _knowsLetters;
        readonly DateTime _quietFrom;
        readonly DateTime _quietUntil;
        readonly Answers _lookUp, _letter, _telegram;
        readonly List<string> _told = [];
        readonly List<CustomerNotReached> _facts = [];
        readonly List<CustomerCallEnded> _calls = [];
        CallEnded? _called;
        bool _isQuiet;
        bool _mayBeInChat;
        bool _runs;
        NotificationStep _step;
        int _number;

        public History(int seed, HashSet<(NotificationStep, NotificationStep)> gone)
        {
            (_seed, _chance, _gone) = (seed, new Random(seed), gone);
            _asked = new("A-1", Id, Kinds[_chance.Next(Kinds.Length)], Samples.Anna, "track-1", new Dictionary<string, string>(), "shop-1");
            _saga = new(() => new CustomerNotification(new(), new(), new SagaClock(() => _saga!.CurrentTime), NullLogger<CustomerNotification>.Instance), Samples.Plain.PlacedAt.UtcDateTime);
            (_hasTelegram, _prefersTelegram, _agrees, _isOvertaken, _knowsLetters) = (Rarely(2), Rarely(2), Rarely(2), Rarely(10), !Rarely(4));
            _prefersTelegram &= _hasTelegram;
            _quietFrom = _saga.CurrentTime.AddMinutes(Rarely(2) ? _chance.Next(3) : 0);
            _quietUntil = _quietFrom.AddHours(Rarely(2) ? _chance.Next(1, 14) : 0);
            (_lookUp, _letter, _telegram) = (Rarely(15) ? Answers.Never : Answers.Yes, AnyAnswer(), AnyAnswer());
        }

        enum Answers
        {
            Yes,
            No,
            Never,
            Unknown,
        }

        bool IsUrgent => _asked.Kind == NotificationKind.OrderCancelled;

        public async Task Live()
        {
            try
            {
                Later(TimeSpan.Zero, _asked);
                for (var copies = _chance.Next(3); copies > 0; copies--) Later(TimeSpan.FromMinutes(_chance.Next(Rarely(2) ? 10 : 3_000)), _asked);
                for (var events = 0; _coming.TryDequeue(out var message, out var when); events++)
                {
                    Assert.IsLessThan(5_000, events, "The notification goes round in circles.");
                    if (when.Item1 > _saga.CurrentTime) await Advance(when.Item1 - _saga.CurrentTime);
                    if (message is PreferencesFound found && _step == NotificationStep.LookUp) _isQuiet = found.QuietUntil?.UtcDateTime > _saga.CurrentTime;
                    if (message is not CustomerNotification.Alarm && (_runs || message is NotifyCustomer)) Keep(await _saga.Handle((dynamic)message));
                }
                CheckEnd();
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                throw new AssertFailedException($"History {_seed}: {failure.Message} Told: {string.Join(", ", _told)}. {string.Join(", ", _facts)}", failure);
            }
        }

        /// <summary>The saga gets its alarms when the clock moves, which stops at each of them: what they bring about comes in its turn.</summary>
        async Task Advance(TimeSpan time)
        {
            foreach (var result in await _saga.AdvanceTime(time)) Keep(result);
        }

        void Keep(TestableSaga<CustomerNotification, NotificationState>.HandleResult? result)
        {
            if (result is null) return;
            Went(result.SagaDataSnapshot.Step);
            _runs = !result.Completed;
            if (result.Completed) _step = NotificationStep.NotBegun;
            _facts.AddRange(result.Context.PublishedMessages.Select(published => published.Message).OfType<CustomerNotReached>());
            _calls.AddRange(result.Context.PublishedMessages.Select(published => published.Message).OfType<CustomerCallEnded>());
            foreach (var sent in result.Context.SentMessages.Select(sent => sent.Message))
            {
                if (sent is CustomerNotification.Alarm alarm) Later(alarm.At.UtcDateTime - _saga.CurrentTime, alarm);
                else if (Answer(sent) is { } answer) Reply(answer);
                if (sent is SendLetter or SendTelegram) _gone.Add((_step, NotificationStep.Send));
            }
        }

        void Went(NotificationStep to)
        {
            if (to != _step) _gone.Add((_step, to));
            _step = to;
        }

        void Reply(object answer)
        {
            for (var copies = Rarely(3) ? 2 : 1; copies > 0; copies--) Later(TimeSpan.FromSeconds(_chance.Next(Rarely(4) ? 3_600 : 20)), answer);
        }

        object? Answer(object command) => command switch
        {
            LookUpPreferences when _lookUp == Answers.Never => null,
            LookUpPreferences question => LookUp(question),
            SendLetter => WriteLetter(),
            OpenCall call => Answer(call),
            CloseTask close => Close(close),
            _ => Send("telegram", _telegram, new TelegramSent(Id, IsCertain: true), new TelegramRefused(Id, "blocked")),
        };

        /// <summary>Once, and what is answered is answered again; at the limit by itself.</summary>
        CallEnded Answer(OpenCall call)
        {
            Assert.AreNotEqual(NotificationKind.Offer, _asked.Kind, "Somebody was rung up for an offer.");
            Assert.IsNotEmpty(_facts, "People are asked to call, and nobody knows why.");
            var result = (CallResult)_chance.Next(3);
            return _called ??= new(call.TaskId, call.OrderId, call.NotificationId, result, result == CallResult.NotMade ? null : "olga");
        }

        object? Close(CloseTask close)
        {
            Assert.IsNotEmpty(_told, $"{close} although nothing arrived.");
            return null;
        }

        /// <summary>A process of the version before does not see the letter.</summary>
        object? LookUp(LookUpPreferences question)
        {
            var isQuiet = _saga.CurrentTime >= _quietFrom && _saga.CurrentTime < _quietUntil;
            if (question.Letter is not null && _knowsLetters && !_hasTelegram && !isQuiet)
            {
                _isQuiet = false;
                return WriteLetter();
            }
            return new PreferencesFound(Id, _hasTelegram, _prefersTelegram, _agrees, isQuiet ? new DateTimeOffset(_quietUntil, TimeSpan.Zero) : null, null);
        }

        object? WriteLetter() => Send("letter", _letter, new LetterSent(Id), new LetterRefused(Id, "no such mailbox"));

        /// <summary>As Notifications does it: once an id, by whichever channel, and in the chat at most once.</summary>
        object? Send(string channel, Answers mood, object yes, object no)
        {
            if (_told.Count > 0) return yes;
            if (_isOvertaken) return new NotificationOvertaken(Id);
            if (channel == "telegram" && (_mayBeInChat || mood == Answers.Unknown))
            {
                _mayBeInChat = true;
                return new TelegramSent(Id, IsCertain: false);
            }
            if (channel == "telegram" && mood == Answers.Yes && Rarely(4)) return new TelegramPostponed(Id, new DateTimeOffset(_saga.CurrentTime.AddSeconds(_chance.Next(1, 3_000)), TimeSpan.Zero));
            if (mood == Answers.No) return no;
            if (mood == Answers.Never && !Rarely(8)) return null;
            Assert.IsTrue(IsUrgent || !_isQuiet, "The customer was woken up.");
            Assert.IsTrue(_asked.Kind != NotificationKind.Offer || _agrees, "An offer was pressed upon somebody.");
            _told.Add(channel);
            return yes;
        }

        void CheckEnd()
        {
            Assert.IsFalse(_runs, "Nothing will happen any more, and the notification has not ended.");
            Assert.IsLessThanOrEqualTo(1, _told.Count);
            var isOffer = _asked.Kind == NotificationKind.Offer;
            var isWithheld = _isOvertaken || (isOffer && !_agrees);
            Assert.IsTrue(_told.Count == 1 || _facts.Count > 0 || isWithheld || (isOffer && _mayBeInChat), "The customer was not told, and nobody knows.");
            Assert.AreEqual(_facts.Count(fact => fact.Queue is not null), _calls.Count, "Somebody is still to call, or a call ended that nobody asked for.");
            if (!isOffer && _mayBeInChat && _letter == Answers.Yes && !_isOvertaken) Assert.HasCount(1, _told);
            if (_facts.Count > 0 && !_told.Contains("letter")) Assert.IsTrue(_letter != Answers.Yes || _lookUp == Answers.Never || _asked.Kind == NotificationKind.Offer, $"{_facts[0]} although a letter would have arrived.");
        }

        void Later(TimeSpan delay, object message) => _coming.Enqueue(message, (_saga.CurrentTime + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero), _number++));

        Answers AnyAnswer() => _chance.Next(8) switch { 0 => Answers.No, 1 => Answers.Never, 2 => Answers.Unknown, _ => Answers.Yes };

        bool Rarely(int oneIn) => _chance.Next(oneIn) == 0;
    }

    sealed class SagaClock(Func<DateTime> now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(DateTime.SpecifyKind(now(), DateTimeKind.Utc));
    }
}
