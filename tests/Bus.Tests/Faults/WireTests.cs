using System.Diagnostics;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Tests.Faults;

/// <summary>Headers and traces where they depart from NServiceBus.</summary>
[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class WireTests(TestContext test) : BusContract(test)
{
    [TestMethod]
    public void Marker_interfaces_are_never_messages_whatever_the_convention_says()
    {
        var conventions = new Conventions();
        new ConventionsBuilder(conventions).DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal));
        Assert.IsFalse(conventions.IsMessageType(typeof(IEvent)));
        Assert.IsFalse(new MessageTypes(conventions).Enclosed(typeof(MarkedEvent)).Contains("NServiceBus.IEvent", StringComparison.Ordinal));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Baggage_travels()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        using (var activity = new Activity("outside").AddBaggage("order", "A 1").Start())
            await scenario.Session("Sales").SendLocal(new AnswerMessage("x"), Cancellation);
        var headers = (await scenario.Notes.Until<IReadOnlyDictionary<string, string>>(1, Cancellation)).Single();
        Assert.AreEqual("order=A%201", headers.GetValueOrDefault(Headers.DiagnosticsBaggage));
    }

    [TestMethod, DoNotParallelize, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_failed_attempt_shows_as_an_error_in_the_trace()
    {
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "NServiceBus.Core",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => { lock (ended) ended.Add(activity); },
        };
        ActivitySource.AddActivityListener(listener);
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AlwaysFailHandler>()));
        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        await Parked();
        lock (ended) Assert.IsTrue(ended.Where(activity => activity.Kind == ActivityKind.Consumer && activity.GetTagItem("nservicebus.enclosed_message_types") is string types && types.Contains("FailCommand", StringComparison.Ordinal)).All(activity => activity.Status == ActivityStatusCode.Error));
    }

    [TestMethod, DoNotParallelize, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_without_a_trace_begins_one_of_its_own_and_not_the_hosts()
    {
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "NServiceBus.Core",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => { lock (ended) ended.Add(activity); },
        };
        ActivitySource.AddActivityListener(listener);
        using var starting = new Activity("host start").Start();
        await using var scenario = await Start(("TracedSales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        await using (var transport = Open())
        {
            var headers = new Dictionary<string, string>
            {
                [Headers.MessageId] = "traced", [Headers.EnclosedMessageTypes] = typeof(AnswerMessage).AssemblyQualifiedName!,
                [Headers.DiagnosticsTraceParent] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", [Headers.StartNewTrace] = "True",
            };
            await transport.Send([new OutgoingOperation("traced", headers, "{\"Text\":\"x\"}"u8.ToArray(), new Target.Queue("TracedSales"))], Cancellation);
        }
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        await Settled("TracedSales");
        await scenario.Stop(Cancellation);
        Activity received;
        lock (ended) received = ended.Single(activity => activity.Kind == ActivityKind.Consumer && (string?)activity.GetTagItem("nservicebus.message_id") == "traced");
        Assert.AreNotEqual(starting.TraceId, received.TraceId);
        Assert.ContainsSingle(received.Links);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Replies_to_this_instance_need_an_instance_with_an_address()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.RouteReplyToThisInstance();
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sales").Send(new AnswerMessage("x"), options, Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_handler_sends_after_it_has_ended_is_refused_and_not_lost_silently()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<LateSender>();
            sales.AddHandler<AnswerHandler>();
        }
        ));
        await scenario.Session("Sales").SendLocal(new LateCommand(), Cancellation);
        await scenario.Notes.Until<LateCommand>(1, Cancellation);
        await Settled("Sales");
        scenario.Notes.Gate("late").SetResult();
        Assert.AreEqual("refused", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_endpoint_stops_although_a_handler_ignores_its_token()
    {
        var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<DeafHandler>()));
        await scenario.Session("Sales").SendLocal(new DeafCommand(), Cancellation);
        await scenario.Notes.Until<DeafCommand>(1, Cancellation);
        using var impatient = new CancellationTokenSource();
        await impatient.CancelAsync();
        try
        {
            await scenario.Stop(impatient.Token).WaitAsync(TimeSpan.FromSeconds(8), Cancellation);
        }
        finally
        {
            scenario.Notes.Gate("deaf").SetResult();
        }
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(1), DataRow(4), DataRow(32)]
    public async Task Handlers_with_transactions_of_their_own_all_come_to_their_turn_and_none_is_parked(int concurrency)
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<OwnAndWaitHandler>();
            sales.LimitMessageProcessingConcurrencyTo(concurrency);
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        }
        ));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => scenario.Session("Sales").SendLocal(new OwnAndWaitCommand(), Cancellation)));
        await Settled("Sales");
        await using var transport = Open();
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_kills_every_process_that_takes_it_is_parked_some_day()
    {
        await using (var transport = (SqliteQueues)Open())
        {
            await transport.CreateQueues(["Sales"], Cancellation);
            var headers = new Dictionary<string, string> { [Headers.MessageId] = "killer", [Headers.EnclosedMessageTypes] = typeof(AnswerMessage).AssemblyQualifiedName! };
            await transport.Send([new OutgoingOperation("killer", headers, "{\"Text\":\"x\"}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
            await transport.File.Run((db, _) => Task.FromResult(db.Execute("INSERT INTO \"Sales.Claims\" (seq, token, until, attempts) SELECT seq, 'dead', 0, 1000 FROM Sales")), Cancellation);
        }
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        await Settled("Sales");
        Assert.IsEmpty(scenario.Notes.Of<AnswerMessage>());
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

sealed record MarkedEvent : IEvent;

sealed record LateCommand;

sealed class LateSender(Notes notes) : IHandleMessages<LateCommand>
{
    public Task Handle(LateCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        _ = Task.Run(async () =>
        {
            await notes.Gate("late").Task;
            try
            {
                await context.SendLocal(new AnswerMessage("late"));
                notes.Write("accepted");
            }
            catch (InvalidOperationException)
            {
                notes.Write("refused");
            }
        });
        return Task.CompletedTask;
    }
}

sealed record DeafCommand;

sealed class DeafHandler(Notes notes) : IHandleMessages<DeafCommand>
{
    public Task Handle(DeafCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        return notes.Gate("deaf").Task;
    }
}

sealed record OwnAndWaitCommand;

sealed class OwnAndWaitHandler(Notes notes) : IHandleMessages<OwnAndWaitCommand>
{
    public async Task Handle(OwnAndWaitCommand message, IMessageHandlerContext context)
    {
        _ = context.SynchronizedStorageSession.SqlPersistenceSession().Connection;
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, context.CancellationToken);
        notes.Write(message);
    }
}
