using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Watching;

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class WatchdogTests : IDisposable
{
    static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    readonly Simulation _simulation = new(seed: 1);
    readonly InMemoryBroker _broker;
    readonly Faultiness _faults = new();
    readonly Notes _notes = new();
    readonly LogLines _log = new();
    readonly List<string> _critical = [];
    readonly SimulatedProcess _process;

    public WatchdogTests()
    {
        _broker = _simulation.AddBroker();
        _process = _simulation.AddProcess("Sales", Configure);
        _simulation.RunFor(TimeSpan.FromSeconds(1));
    }

    public void Dispose() => _log.Dispose();

    ReceiverState Receiver => Health.Endpoints.Single().Receivers.Single();

    BusHealth Health => _process.Services.GetRequiredService<BusHealth>();

    [TestMethod]
    public void A_receiver_that_waits_for_hours_is_idle_and_left_alone()
    {
        _simulation.RunFor(TimeSpan.FromHours(10));

        Assert.AreEqual(ReceiverActivity.Idle, Receiver.Activity);
        Assert.IsTrue(Health.IsLive && Health.IsReady);
        Assert.AreEqual(1, _faults.Made);
    }

    [TestMethod]
    public void A_receiver_that_hangs_is_replaced_and_its_handlers_finish_undisturbed()
    {
        Send(new WorkCommand("long", TimeSpan.FromMinutes(5)));
        _faults.Hang = new TaskCompletionSource();
        _simulation.RunFor(TimeSpan.FromSeconds(1));

        // The loop that took the long one comes round into a take that hangs.
        _simulation.RunFor(Silence);
        Assert.AreEqual(ReceiverActivity.Stuck, Receiver.Activity);
        Assert.IsFalse(Health.IsLive);
        (_faults.Hang, var hang) = (null, _faults.Hang);
        Send(new WorkCommand("short", TimeSpan.FromSeconds(1)));
        _simulation.RunFor(TimeSpan.FromMinutes(1));

        CollectionAssert.AreEqual(new[] { "short" }, _notes.Of<string>().ToArray());
        Assert.AreEqual(ReceiverActivity.Busy, Receiver.Activity);
        Assert.AreEqual("long", Receiver.Messages.Single().MessageId);
        Assert.AreEqual(1, Receiver.Restarts);
        Assert.AreEqual(0, _faults.Gone, "The first receiver renews the lease of the long one.");

        _simulation.RunFor(TimeSpan.FromMinutes(5));
        CollectionAssert.AreEqual(new[] { "short", "long" }, _notes.Of<string>().ToArray());
        Assert.AreEqual(1, _faults.Gone);
        Assert.IsEmpty(_broker.Messages("Sales"));
        Assert.ContainsSingle(_critical);
        hang!.SetResult();
    }

    [TestMethod]
    public void What_a_take_hangs_with_comes_to_its_successor_when_the_lease_ends_and_is_handled_once()
    {
        _faults.HangWithMessages = new TaskCompletionSource();
        Send(new WorkCommand("x", TimeSpan.Zero));
        _simulation.RunFor(TimeSpan.FromSeconds(5));
        (_faults.HangWithMessages, var hang) = (null, _faults.HangWithMessages);
        _simulation.RunFor(Silence);
        Assert.IsEmpty(_notes.Of<string>(), "It lies with the one that hangs.");

        _simulation.RunFor(TimeSpan.FromMinutes(1));
        Assert.AreEqual(1, Receiver.Restarts);
        hang!.SetResult();
        _simulation.RunFor(TimeSpan.FromMinutes(1));

        Assert.ContainsSingle(_notes.Of<string>());
        Assert.IsEmpty(_broker.Messages("Sales"));
    }

    [TestMethod]
    public void A_queue_that_is_away_for_long_is_tried_with_new_receivers_and_told_of_once()
    {
        _faults.Failure = new InvalidOperationException("no route to the broker");
        Send(new WorkCommand("x", TimeSpan.Zero));
        Send(new WorkCommand("y", TimeSpan.Zero));
        _simulation.RunFor(TimeSpan.FromSeconds(10));

        Assert.AreEqual(ReceiverActivity.Away, Receiver.Activity);
        StringAssert.Contains(Receiver.Problem, "no route to the broker");
        Assert.IsTrue(Health.IsLive);
        Assert.IsFalse(Health.IsReady);

        _simulation.RunFor(TimeSpan.FromMinutes(30));
        Assert.IsGreaterThan(5, Receiver.Restarts);
        Assert.ContainsSingle(_critical);

        _faults.Failure = null;
        _simulation.RunFor(TimeSpan.FromMinutes(2));
        Assert.AreEqual(ReceiverActivity.Idle, Receiver.Activity);
        CollectionAssert.AreEquivalent(new[] { "x", "y" }, _notes.Of<string>().ToArray());
        Assert.AreEqual(_faults.Made - 1, _faults.Gone);
    }

    [TestMethod]
    public void A_loop_that_dies_is_replaced_even_if_that_fails_at_first()
    {
        _faults.Failure = _faults.MakeFailure = new InvalidOperationException("whatever");
        Send(new WorkCommand("x", TimeSpan.Zero));
        Send(new WorkCommand("y", TimeSpan.Zero));
        _simulation.RunFor(Silence * 4);
        Assert.AreEqual(1, _faults.Made);
        _faults.Failure = _faults.MakeFailure = null;
        _simulation.RunFor(TimeSpan.FromMinutes(2));

        Assert.IsGreaterThan(1, Receiver.Restarts);
        CollectionAssert.AreEquivalent(new[] { "x", "y" }, _notes.Of<string>().ToArray());
        Assert.AreEqual(ReceiverActivity.Idle, Receiver.Activity);
    }

    [TestMethod]
    public void A_log_that_fails_ends_no_receiver()
    {
        (_log.FailsOn, _faults.Failure) = ("", new InvalidOperationException("whatever"));
        Send(new WorkCommand("long", TimeSpan.FromMinutes(25)));
        _simulation.RunFor(TimeSpan.FromSeconds(3));
        _faults.Failure = null;
        _simulation.RunFor(TimeSpan.FromMinutes(15));
        Assert.AreEqual(ReceiverActivity.Busy, Receiver.Activity);

        _log.FailsOn = null;
        _simulation.RunFor(TimeSpan.FromMinutes(6));
        Assert.Contains(line => line.Contains("has been handled for", StringComparison.Ordinal), _log.Lines, "The watchdog still looks.");
        _simulation.RunFor(TimeSpan.FromMinutes(6));
        Assert.ContainsSingle(_notes.Of<string>());
        Assert.AreEqual(0, Receiver.Restarts);
    }

    [TestMethod]
    public void A_message_that_can_not_be_parked_goes_back_to_its_queue_even_if_the_log_fails()
    {
        _faults.SendFailure = new InvalidOperationException("the error queue is gone");
        SendInspiteOfAll(new WorkCommand("fails", TimeSpan.FromSeconds(-1)));
        _log.FailsOn = "could neither be handled nor moved";
        _simulation.RunFor(TimeSpan.FromSeconds(5));

        (_faults.SendFailure, _log.FailsOn) = (null, null);
        _simulation.RunFor(TimeSpan.FromMinutes(1));

        Assert.ContainsSingle(_broker.Messages("error"));
    }

    [TestMethod]
    public void A_handler_that_runs_for_long_is_named_and_not_taken_for_stuck()
    {
        Send(new WorkCommand("long", TimeSpan.FromMinutes(31)));
        _simulation.RunFor(TimeSpan.FromMinutes(30));

        Assert.AreEqual(ReceiverActivity.Busy, Receiver.Activity);
        Assert.AreEqual(0, Receiver.Restarts);
        var warnings = _log.Lines.Where(line => line.Contains("has been handled for", StringComparison.Ordinal)).ToList();
        Assert.HasCount(2, warnings, "After ten minutes, and when the time has doubled.");
        StringAssert.Contains(warnings[0], "long");
        StringAssert.Contains(warnings[0], typeof(WorkCommand).FullName);
        StringAssert.Contains(warnings[0], "00:10:");

        _simulation.RunFor(TimeSpan.FromMinutes(2));
        Assert.ContainsSingle(_notes.Of<string>());
        Assert.IsEmpty(_critical);
    }

    [TestMethod]
    public void A_stop_does_not_wait_for_ever_for_a_take_that_hangs()
    {
        _faults.Hang = new TaskCompletionSource();
        Send(new WorkCommand("x", TimeSpan.Zero));
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        var health = Health;
        _process.Stop(absence: TimeSpan.FromDays(1), patience: TimeSpan.FromHours(1));

        _simulation.RunFor(TimeSpan.FromMinutes(2));

        Assert.Contains(entry => entry.What == "has stopped", _simulation.History);
        Assert.IsFalse(health.IsReady);
        Assert.AreEqual(ReceiverActivity.Stopped, health.Endpoints.Single().Receivers.Single().Activity);
    }

    [Scenario(103, 220)]
    [TestMethod]
    public void A_message_that_can_not_be_parked_stays_and_that_is_a_critical_error()
    {
        _faults.SendFailure = new InvalidOperationException("the error queue is gone");
        _simulation.RunFor(TimeSpan.FromSeconds(1));
        SendInspiteOfAll(new WorkCommand("fails", TimeSpan.FromSeconds(-1)));
        _simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.IsGreaterThan(0, _critical.Count);
        StringAssert.Contains(_critical[0], "could neither be handled nor moved");
        _faults.SendFailure = null;
        _simulation.RunFor(TimeSpan.FromMinutes(1));
        Assert.ContainsSingle(_broker.Messages("error"));
    }

    [TestMethod]
    public void A_message_whose_way_to_the_error_queue_is_away_waits_for_it_and_is_not_handled_again()
    {
        _faults.SendFailure = new StoreAwayException("nothing is taken", new IOException("blocked"));
        SendInspiteOfAll(new WorkCommand("fails", TimeSpan.FromSeconds(-1)));
        _simulation.RunFor(TimeSpan.FromMinutes(10));
        Assert.IsEmpty(_broker.Messages("error"));

        _faults.SendFailure = null;
        _simulation.RunFor(TimeSpan.FromSeconds(5));

        Assert.AreEqual("fails", _broker.Messages("error").Single().Headers[FaultsHeaderKeys.Message]);
        Assert.HasCount(2, _notes.Of<WorkCommand>(), "Once, and its one retry.");
        Assert.IsEmpty(_critical);
    }

    void SendInspiteOfAll(WorkCommand command)
    {
        (_faults.SendFailure, var failure) = (null, _faults.SendFailure);
        _process.Do(async services =>
        {
            // Not delivered before the fault is back.
            var options = new SendOptions();
            options.RouteToThisEndpoint();
            options.DelayDeliveryWith(TimeSpan.FromMilliseconds(100));
            await services.GetRequiredService<IMessageSession>().Send(command, options);
            _faults.SendFailure = failure;
        });
    }

    void Send(WorkCommand command) => _process.Do(services =>
    {
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetMessageId(command.Name);
        return services.GetRequiredService<IMessageSession>().Send(command, options);
    });

    void Configure(IServiceCollection services)
    {
        var endpoint = new EndpointConfiguration("Sales");
        endpoint.UseTransport(new FaultyTransport(_broker, _faults));
        endpoint.UsePersistence<FaultyPersistence>();
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.Conventions().DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal));
        endpoint.AddHandler<WorkHandler>();
        endpoint.LimitMessageProcessingConcurrencyTo(2);
        endpoint.Watchdog().RestartReceiversAfter(Silence).WarnOfHandlersAfter(TimeSpan.FromMinutes(10));
        endpoint.Recoverability().Immediate(retries => retries.NumberOfRetries(1)).Delayed(retries => retries.NumberOfRetries(0));
        endpoint.DefineCriticalErrorAction((context, _) =>
        {
            _critical.Add(context.Error);
            return Task.CompletedTask;
        });
        services.AddSingleton(_notes).AddLogging(logging => logging.AddProvider(_log));
        services.AddNServiceBusEndpoint(endpoint);
    }
}

sealed record WorkCommand(string Name, TimeSpan Takes);

sealed class WorkHandler(Notes notes, TimeProvider time) : IHandleMessages<WorkCommand>
{
    public async Task Handle(WorkCommand message, IMessageHandlerContext context)
    {
        if (message.Takes < TimeSpan.Zero)
        {
            notes.Write(message);
            throw new InvalidOperationException("fails");
        }
        await Task.Delay(message.Takes, time, context.CancellationToken);
        notes.Write(message.Name);
    }
}

/// <summary>What was logged, and a log that fails.</summary>
sealed class LogLines : ILoggerProvider, ILogger
{
    readonly List<string> _lines = [];

    /// <summary>Lines with this text make the log fail.</summary>
    public string? FailsOn { get; set; }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = $"{logLevel}: {formatter(state, exception)}";
        if (FailsOn is { } text && line.Contains(text, StringComparison.Ordinal)) throw new IOException("The log is full.");
        lock (_lines) _lines.Add(line);
    }

    public void Dispose()
    {
    }
}
