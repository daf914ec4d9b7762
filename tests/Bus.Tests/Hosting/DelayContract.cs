using Dovetail.Bus.Messages;
using Dovetail.Bus.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Messages that come later, and messages that come too late, on every transport and store. Derive one class for each pair.</summary>
public abstract class DelayContract(TestContext test) : BusContract(test)
{
    readonly ShiftedTime _time = new();

    [Scenario(79, 81)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_delayed_message_comes_to_another_endpoint_and_is_not_early()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ), ("Billing", (billing, _) => billing.On<AskCommand>(NoteArrival)));
        var options = new SendOptions();
        options.SetDestination("Billing");
        options.DelayDeliveryWith(TimeSpan.FromMilliseconds(200));
        var asked = TimeProvider.System.GetUtcNow();

        await scenario.Session("Sales").Send(new AskCommand("x"), options, Cancellation);

        var arrived = (await scenario.Notes.Until<Arrival>(1, Cancellation)).Single();
        Assert.IsGreaterThan(TimeSpan.FromMilliseconds(199), arrived.Due - asked);
        Assert.IsGreaterThanOrEqualTo(arrived.Due, arrived.At);
    }

    [Scenario(80)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_date_is_kept_and_a_past_one_means_now()
    {
        await using var scenario = await Start("Sales", sales => sales.On<AskCommand>(NoteArrival));
        var (soon, past) = (new SendOptions(), new SendOptions());
        soon.RouteToThisEndpoint();
        past.RouteToThisEndpoint();
        var date = TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(300);
        soon.DoNotDeliverBefore(date);
        past.DoNotDeliverBefore(date - TimeSpan.FromDays(1));

        await scenario.Session("Sales").Send(new AskCommand("soon"), soon, Cancellation);
        await scenario.Session("Sales").Send(new AskCommand("past"), past, Cancellation);

        var arrived = await scenario.Notes.Until<Arrival>(2, Cancellation);
        Assert.IsGreaterThanOrEqualTo(date, arrived.Single(each => each.Text == "soon").At);
        Assert.IsLessThan(TimeSpan.FromTicks(10), (arrived.Single(each => each.Text == "soon").Due - date).Duration());
    }

    [Scenario(83)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_restart_loses_no_delayed_message()
    {
        await using (var first = await Start("Sales", sales => sales.Hear<AskCommand>()))
        {
            var options = new SendOptions();
            options.RouteToThisEndpoint();
            options.DelayDeliveryWith(TimeSpan.FromMilliseconds(300));
            await first.Session("Sales").Send(new AskCommand("x"), options, Cancellation);
            await first.Stop(Cancellation);
        }

        await using var second = await Start("Sales", sales => sales.Hear<AskCommand>());

        await second.Notes.Until<Arrived>(1, Cancellation);
    }

    [Scenario(85)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public virtual async Task An_expired_message_is_not_handled_but_counted_and_told_of()
    {
        var queue = $"Sales {Guid.NewGuid()}";
        using var counted = new Counted("dovetail.messaging.expired", "nservicebus.queue", queue);
        await CreateQueues(queue);
        await using (var sender = await Start(Clock, "Sender", sender => sender.SendOnly()))
        {
            await sender.Session("Sender").Send(queue, new PerishableCommand("too late"), Cancellation);
            _time.Pass(TimeSpan.FromHours(2));
            await sender.Session("Sender").Send(queue, new PerishableCommand("in time"), Cancellation);
        }

        await using var scenario = await Start(Clock, queue, sales => sales.Hear<PerishableCommand>());

        Assert.AreEqual(new PerishableCommand("in time"), (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Message);
        await Settled(queue);
        Assert.ContainsSingle(scenario.Notes.Of<Arrived>());
        Assert.ContainsSingle(scenario.Notes.Of<Logged>().Where(line => line.Level == LogLevel.Warning && line.Text.StartsWith($"1 messages in queue '{queue}' had expired", StringComparison.Ordinal)));
        Assert.AreEqual(1, counted.Sum);
        Assert.AreEqual(0, await Waiting("error"));
    }

    [Scenario(86)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_parked_message_does_not_expire()
    {
        await using var scenario = await Start(Clock, "Sales", sales =>
        {
            sales.On<PerishableCommand>((_, _, _) => throw new InvalidOperationException("kaputt"));
            sales.Recoverability().Delayed(retries => retries.NumberOfRetries(0));
        });
        await scenario.Session("Sales").SendLocal(new PerishableCommand("x"), Cancellation);
        await Settled("Sales");

        _time.Pass(TimeSpan.FromDays(30));

        var parked = await Next("error", _time);
        Assert.AreEqual("kaputt", parked.Headers[FaultsHeaderKeys.Message]);
        Assert.AreEqual("01:00:00", parked.Headers[Headers.TimeToBeReceived]);
    }

    [Scenario(107)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public virtual async Task The_audit_s_expiry_concerns_the_copy_alone()
    {
        await using var scenario = await Start(Clock, "Sales", sales =>
        {
            sales.Hear<AskCommand>();
            sales.AuditProcessedMessagesTo("audit", TimeSpan.FromHours(1));
        });
        await scenario.Session("Sales").SendLocal(new AskCommand("old"), Cancellation);
        await Settled("Sales");
        _time.Pass(TimeSpan.FromHours(2));

        await scenario.Session("Sales").SendLocal(new AskCommand("new"), Cancellation);

        var copy = await Next("audit", _time);
        Assert.AreEqual("""{"Text":"new"}""", System.Text.Encoding.UTF8.GetString(copy.Body.Span));
        Assert.IsFalse(copy.Headers.ContainsKey(Headers.TimeToBeReceived));
    }

    void Clock(IServiceCollection services) => services.AddSingleton<TimeProvider>(_time);

    static Task NoteArrival(AskCommand ask, IMessageHandlerContext context, Notes notes)
    {
        notes.Write(new Arrival(ask.Text, TimeProvider.System.GetUtcNow(), WireTime.Read(context.MessageHeaders[Headers.DeliverAt])));
        return Task.CompletedTask;
    }

    [TimeToBeReceived("01:00:00")]
    sealed record PerishableCommand(string Text);

    sealed record Arrival(string Text, DateTimeOffset At, DateTimeOffset Due);
}
