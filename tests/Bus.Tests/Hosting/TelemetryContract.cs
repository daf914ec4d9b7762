using System.Diagnostics;
using System.Diagnostics.Metrics;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What listeners see of an endpoint, on every transport and store. Derive one class for each pair, and let it run alone: listeners hear of the whole process.</summary>
public abstract class TelemetryContract(TestContext test) : BusContract(test)
{
    // Activities are heard of in the whole process, where other tests send the same.
    readonly string _run = $" {Guid.NewGuid()}";

    [Scenario(192)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_send_continues_the_trace_and_an_event_begins_a_linked_one_unless_told_otherwise()
    {
        using var traces = new Traces(_run);
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.AddHandler<OrderedHandler>();
        }
        ));
        using (var outside = new Activity("outside").Start())
        {
            await scenario.Session("Sales").Publish(new OrderedEvent("linked"), Named(new PublishOptions(), "event"), Cancellation);
            var continuing = Named(new PublishOptions(), "continued event");
            continuing.ContinueExistingTraceOnReceive();
            await scenario.Session("Sales").Publish(new OrderedEvent("continued"), continuing, Cancellation);
            await scenario.Session("Sales").Send(new AnswerMessage("x"), Here("command"), Cancellation);
            var breaking = Here("new command");
            breaking.StartNewTraceOnReceive();
            await scenario.Session("Sales").Send(new AnswerMessage("y"), breaking, Cancellation);
        }
        await scenario.Notes.Until<AnswerMessage>(2, Cancellation);
        await scenario.Notes.Until<string>(2, Cancellation);
        await scenario.Stop(Cancellation);

        Assert.AreEqual(traces.Sent("command").SpanId, traces.Received("command").ParentSpanId);
        Assert.AreEqual(traces.Sent("continued event").SpanId, traces.Received("continued event").ParentSpanId);
        foreach (var name in new[] { "event", "new command" })
        {
            Assert.AreNotEqual(traces.Sent(name).TraceId, traces.Received(name).TraceId);
            Assert.AreEqual(traces.Sent(name).SpanId, traces.Received(name).Links.Single().Context.SpanId);
        }
    }

    [Scenario(193)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_comes_later_begins_a_trace_of_its_own_that_is_linked()
    {
        using var traces = new Traces(_run);
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0));
        }
        ));
        var delayed = Here("delayed");
        delayed.DelayDeliveryWith(TimeSpan.FromMilliseconds(50));
        await scenario.Session("Sales").Send(new AnswerMessage("x"), delayed, Cancellation);
        await scenario.Session("Sales").Send(new FailCommand("x"), Here("failing"), Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        var parked = await Parked();
        await scenario.Stop(Cancellation);

        Assert.AreNotEqual(traces.Sent("delayed").TraceId, traces.Received("delayed").TraceId);
        Assert.AreEqual(traces.Sent("delayed").SpanId, traces.Received("delayed").Links.Single().Context.SpanId);
        var attempts = traces.Of("failing", ActivityKind.Consumer);
        Assert.AreNotEqual(attempts[0].TraceId, attempts[1].TraceId);
        Assert.ContainsSingle(attempts[1].Links);
        Assert.AreEqual("True", parked.Headers[Headers.StartNewTrace], "A retry from the error queue begins a trace of its own.");
    }

    [Scenario(194)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_activities_of_a_message_carry_its_headers_its_handlers_and_its_outcome()
    {
        using var traces = new Traces(_run);
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AskHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        }
        ));
        await scenario.Session("Sales").Send(new AskCommand("x"), Here("ask"), Cancellation);
        await scenario.Session("Sales").Send(new FailCommand("kaputt"), Here("failing"), Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        await Parked();
        await scenario.Stop(Cancellation);

        var received = traces.Received("ask");
        Assert.AreEqual("process message", received.DisplayName);
        Assert.AreEqual(ActivityStatusCode.Ok, received.Status);
        foreach (var tag in new[] { "native_message_id", "conversation_id", "correlation_id", "message_intent", "reply_to_address", "originating_endpoint", "originating_machine", "originating_host_id", "content_type", "enclosed_message_types", "version" })
            Assert.IsNotNull(received.GetTagItem($"nservicebus.{tag}"), tag);
        CollectionAssert.AreEqual(new[] { "Start dispatching", "Finished dispatching" }, received.Events.Select(each => each.Name).ToArray());
        var handler = traces.Children(received).Single();
        Assert.AreEqual(nameof(AskHandler), handler.DisplayName);
        Assert.AreEqual(typeof(AskHandler).FullName, handler.GetTagItem("nservicebus.handler.handler_type"));
        Assert.AreEqual("reply", traces.Children(handler).Single().DisplayName);
        Assert.AreEqual("send message", traces.Sent("ask").DisplayName);

        foreach (var failed in new[] { traces.Received("failing"), traces.Children(traces.Received("failing")).Single() })
        {
            Assert.AreEqual((ActivityStatusCode.Error, "kaputt"), (failed.Status, failed.StatusDescription));
            Assert.AreEqual("ERROR", failed.GetTagItem("otel.status_code"));
            Assert.AreEqual(typeof(InvalidOperationException).FullName, failed.Events.Single().Tags.Single(tag => tag.Key == "exception.type").Value);
        }
    }

    [Scenario(195)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Messages_are_counted_and_timed_with_their_queue_type_handler_and_failure()
    {
        var measured = new List<(string Instrument, double Value, Dictionary<string, object?> Tags)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "NServiceBus.Core.Pipeline.Incoming") listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        await using var scenario = await Start(("Measured", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.AddHandler<AlwaysFailHandler>();
            sales.AddHandler<WaitingHandler>();
            sales.LimitMessageProcessingConcurrencyTo(1);
        }
        ));
        await scenario.Session("Measured").SendLocal(new AnswerMessage("x"), Cancellation);
        await scenario.Session("Measured").SendLocal(new FailCommand("x"), Cancellation);
        await Parked();
        await scenario.Session("Measured").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);
        await scenario.Session("Measured").SendLocal(new AnswerMessage("y"), Cancellation);
        while (!Of("dovetail.queue.length").Any(each => each.Value == 1))
        {
            listener.RecordObservableInstruments();
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        }
        scenario.Notes.Gate("partner").SetResult();
        await Settled("Measured");
        await scenario.Stop(Cancellation);

        Assert.AreEqual((3, 4, 7), (Sum("nservicebus.messaging.successes"), Sum("nservicebus.messaging.failures"), Sum("nservicebus.messaging.fetches")));
        Assert.AreEqual((2, 1, 1), (Sum("nservicebus.recoverability.immediate"), Sum("nservicebus.recoverability.delayed"), Sum("nservicebus.recoverability.error")));
        Assert.HasCount(3, Of("nservicebus.messaging.processing_time"));
        Assert.HasCount(3, Of("nservicebus.messaging.critical_time"));
        var success = Of("nservicebus.messaging.successes")[0].Tags;
        Assert.AreEqual("", success["nservicebus.discriminator"]);
        Assert.AreEqual(typeof(AnswerHandler).FullName, success["nservicebus.message_handler_types"]);
        StringAssert.Contains((string)success["nservicebus.message_type"]!, typeof(AnswerMessage).FullName);
        Assert.AreEqual(typeof(InvalidOperationException).FullName, Of("nservicebus.messaging.failures")[0].Tags["error.type"]);
        var failing = Of("nservicebus.messaging.handler_time").Where(each => (string)each.Tags["execution.result"]! == "failure").ToList();
        Assert.HasCount(4, failing);
        Assert.AreEqual(typeof(AlwaysFailHandler).FullName, failing[0].Tags["nservicebus.message_handler_type"]);

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var copy = new Dictionary<string, object?>(tags.ToArray());
            if (copy.GetValueOrDefault("nservicebus.queue") as string != "Measured") return;
            lock (measured) measured.Add((instrument.Name, value, copy));
        }

        List<(string Instrument, double Value, Dictionary<string, object?> Tags)> Of(string instrument)
        {
            lock (measured) return [.. measured.Where(each => each.Instrument == instrument)];
        }

        int Sum(string instrument) => (int)Of(instrument).Sum(each => each.Value);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_age_of_sagas_and_what_the_outbox_has_left_are_measured_while_the_endpoint_runs()
    {
        var measured = new List<(string Instrument, double Value, string? Saga)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "NServiceBus.Core.Pipeline.Incoming") listener.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        await using (var scenario = await Start(("Aged", (sales, _) => sales.AddSaga<Counter>())))
        {
            await scenario.Session("Aged").SendLocal(new BeginCommand("a"), Cancellation);
            // Each is asked for by itself, and the answer measured the next time.
            while (!measured.Exists(each => each.Instrument == "dovetail.saga.age") || !measured.Exists(each => each.Instrument == "dovetail.outbox.backlog"))
            {
                listener.RecordObservableInstruments();
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
            }
        }
        Assert.AreEqual(nameof(Counter), measured.First(each => each.Instrument == "dovetail.saga.age").Saga);
        Assert.IsInRange(0, 60, measured.First(each => each.Instrument == "dovetail.saga.age").Value);
        Assert.IsInRange(0, 1, measured.First(each => each.Instrument == "dovetail.outbox.backlog").Value);
        measured.Clear();
        listener.RecordObservableInstruments();
        Assert.IsEmpty(measured, "The endpoint has stopped.");

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var copy = new Dictionary<string, object?>(tags.ToArray());
            if (copy.GetValueOrDefault("dovetail.endpoint") as string == "Aged") measured.Add((instrument.Name, value, copy.GetValueOrDefault("dovetail.saga") as string));
        }
    }

    [Scenario(196)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Without_listeners_the_only_header_about_traces_is_whether_to_begin_one()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));

        await scenario.Session("Sales").Send(new AnswerMessage("x"), Here("untraced"), Cancellation);

        var headers = (await scenario.Notes.Until<IReadOnlyDictionary<string, string>>(1, Cancellation)).Single();
        Assert.AreEqual("False", headers[Headers.StartNewTrace]);
        Assert.IsFalse(headers.ContainsKey(Headers.DiagnosticsTraceParent) || headers.ContainsKey(Headers.DiagnosticsTraceState) || headers.ContainsKey(Headers.DiagnosticsBaggage));
    }

    SendOptions Here(string id)
    {
        var options = Named(new SendOptions(), id);
        options.RouteToThisEndpoint();
        return options;
    }

    T Named<T>(T options, string id) where T : NServiceBus.Extensibility.ExtendableOptions
    {
        options.SetMessageId(id + _run);
        return options;
    }

    /// <summary>All activities that have ended.</summary>
    sealed class Traces : IDisposable
    {
        readonly string _run;
        readonly List<Activity> _ended = [];
        readonly ActivityListener _listener;

        public Traces(string run)
        {
            _run = run;
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "NServiceBus.Core",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity =>
                {
                    lock (_ended) _ended.Add(activity);
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Activity Sent(string messageId) => Of(messageId, ActivityKind.Producer)[0];

        public Activity Received(string messageId) => Of(messageId, ActivityKind.Consumer)[0];

        public List<Activity> Of(string messageId, ActivityKind kind)
        {
            lock (_ended) return [.. _ended.Where(activity => activity.Kind == kind && (string?)activity.GetTagItem("nservicebus.message_id") == messageId + _run)];
        }

        public List<Activity> Children(Activity parent)
        {
            lock (_ended) return [.. _ended.Where(activity => activity.ParentSpanId == parent.SpanId)];
        }

        public void Dispose() => _listener.Dispose();
    }
}
