using System.Text.Json.Nodes;
using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Delivery;
using Dovetail.Endpoints.Operations;
using Dovetail.Endpoints.Sandbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Delivery;

[TestClass]
public sealed class DeliveryTests(TestContext test)
{
    static readonly BookShipment Book = new(
        "A-1", new("C-1", "Anna Orlova", "anna@example.com", "+79990000000"), new("RU", "Saint Petersburg", "191186", "Nevsky prospekt 1"),
        [new("1", "RING-17", "Ring", 2, new(5000m, "RUB"), new(0m, "RUB"), new(10_000m, "RUB"))], "A-1/shipment/1");

    // The connector's own repetitions would hide what the handler does.
    static readonly (string, string?)[] Impatient = [("Delivery:Cdek:Retries", "0"), ("Delivery:Cdek:Timeout", "00:00:02")];

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_shipment_is_booked_and_followed_to_the_door()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);

        var booked = await Reply<BookShipmentHandler, BookShipment, ShipmentReported>(delivery, Book);
        Assert.AreEqual(ShipmentState.Requested, booked.State);
        Assert.IsNull(booked.TrackingNumber);

        var seen = new List<(ShipmentState, string)>();
        foreach (var seconds in new[] { 0.6, 0.4, 0.3, 0.7, 1.0 })
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            var report = await Check(delivery, booked);
            Assert.AreEqual(booked.ShipmentId, report.ShipmentId);
            Assert.IsNotNull(report.TrackingNumber);
            seen.Add((report.State, report.Says));
        }

        Assert.AreSequenceEqual(
            [
                (ShipmentState.Booked, "registered with the carrier, waiting for the parcel"),
                (ShipmentState.InTransit, "with the carrier in Moscow"),
                (ShipmentState.InTransit, "on its way to Saint Petersburg"),
                (ShipmentState.OutForDelivery, "with the courier"),
                (ShipmentState.Delivered, "delivered"),
            ],
            seen);
        Assert.AreEqual("A-1", (string)(await Documents(host)).Single()!["number"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_pick_up_point_gets_its_own_tariff_and_status()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);

        var booked = await Reply<BookShipmentHandler, BookShipment, ShipmentReported>(delivery, Book with { Destination = new("RU", "", "", "", "SPB2") });
        clock.Advance(TimeSpan.FromSeconds(2.5));

        Assert.AreEqual(ShipmentState.AtPickupPoint, (await Check(delivery, booked)).State);
        var request = (await Documents(host)).Single()!["request"]!;
        Assert.AreEqual(136, (int)request["tariff_code"]!);
        Assert.AreEqual("SPB2", (string)request["delivery_point"]!);
        Assert.IsNull(request["to_location"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    [DataRow(nameof(LeverEffect.Silent))]
    [DataRow(nameof(LeverEffect.SilentAfter))]
    public async Task Whatever_is_lost_on_the_way_one_shipment_is_booked_and_cancelled(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, null, ("Sandbox:CdekInTransit", "00:01:00"));
        foreach (var step in new[] { "POST /cdek/v2/orders", "DELETE " })
            host.Pull(new("cdek", Enum.Parse<LeverEffect>(fault), Call: step, Times: 1));

        var booked = await AfterFailure<BookShipmentHandler, BookShipment, ShipmentReported>(host, Book);
        Assert.ContainsSingle(await Documents(host));
        await AfterFailure<CancelShipmentHandler, CancelShipment, ShipmentCancelled>(host, new("A-1", booked.ShipmentId, "A-1/shipment-cancel/1"));

        var shipment = Assert.ContainsSingle(await Documents(host))!;
        Assert.AreEqual(booked.ShipmentId, (string)shipment["uuid"]!);
        Assert.AreEqual("REMOVED", (string)shipment["statuses"]![0]!["code"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hundred_commands_at_once_some_twice_leave_one_living_shipment_each()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, null, ("Sandbox:CdekRegistration", "00:00:00"));
        var processes = new[] { host.Connect(DeliveryEndpoint.AddServices), host.Connect(DeliveryEndpoint.AddServices) };

        var booked = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Reply<BookShipmentHandler, BookShipment, ShipmentReported>(
            processes[n % 2], Book with { OrderId = $"A-{n / 2}", OperationId = $"A-{n / 2}/shipment/1" })));

        Assert.HasCount(100, booked.Select(shipment => shipment.ShipmentId).Distinct());
        var living = (await host.Documents("cdek", null, test.CancellationToken)).Where(shipment => shipment!["fault"] is null).ToList();
        Assert.HasCount(100, living);

        // Also where the answer named the repetition, the order's shipment is the living one.
        foreach (var shipment in booked)
            Assert.Contains((await Check(processes[0], shipment)).ShipmentId, living.Select(found => (string)found!["uuid"]!));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_second_booking_of_a_living_shipment_leads_to_the_first_one()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, new ManualClock(), ("Sandbox:CdekRegistration", "00:00:00"));
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var first = await Reply<BookShipmentHandler, BookShipment, ShipmentReported>(delivery, Book);
        var second = await Reply<BookShipmentHandler, BookShipment, ShipmentReported>(delivery, Book with { OperationId = "A-1/shipment/2" });
        Assert.AreNotEqual(first.ShipmentId, second.ShipmentId);

        Assert.AreEqual(first.ShipmentId, (await Check(delivery, second)).ShipmentId);
        await Reply<CancelShipmentHandler, CancelShipment, ShipmentCancelled>(delivery, new("A-1", second.ShipmentId, "A-1/shipment-cancel/1"));
        Assert.AreSequenceEqual(["REMOVED", "INVALID"], (await Documents(host)).Select(shipment => (string)shipment!["statuses"]![0]!["code"]!));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_the_carrier_refuses_at_once_stays_refused()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var nowhere = Book with { Lines = [Book.Lines[0] with { Quantity = 1000 }] };

        var refused = await Reply<BookShipmentHandler, BookShipment, ShipmentRefused>(delivery, nowhere);

        Assert.Contains("amount", refused.Reason);
        Assert.AreEqual(refused, await Reply<BookShipmentHandler, BookShipment, ShipmentRefused>(delivery, nowhere));
        Assert.IsEmpty(await Documents(host));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_the_carrier_refuses_a_moment_later_is_told_at_the_next_check()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        host.Pull(new("cdek", LeverEffect.Refuse, Match: "A-1", Reason: "The recipient's city is not served"));

        var booked = await Reply<BookShipmentHandler, BookShipment, ShipmentReported>(delivery, Book);
        clock.Advance(TimeSpan.FromSeconds(1));
        var refused = await Reply<CheckShipmentHandler, CheckShipment, ShipmentRefused>(delivery, new("A-1", booked.ShipmentId));

        Assert.AreEqual(new ShipmentRefused("A-1", "The recipient's city is not served"), refused);
        await Reply<CancelShipmentHandler, CancelShipment, ShipmentCancelled>(delivery, new("A-1", booked.ShipmentId, "A-1/shipment-cancel/1"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_lost_parcel_is_not_delivered()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        host.Pull(new("cdek", LeverEffect.Refuse, Match: "A-1", Reason: "lost"));

        var booked = await Reply<BookShipmentHandler, BookShipment, ShipmentReported>(delivery, Book);
        clock.Advance(TimeSpan.FromSeconds(4));
        var report = await Check(delivery, booked);

        Assert.AreEqual(ShipmentState.NotDelivered, report.State);
        Assert.AreEqual("not delivered: the carrier lost it", report.Says);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_parcel_that_moves_is_not_called_back()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var booked = await Reply<BookShipmentHandler, BookShipment, ShipmentReported>(delivery, Book);
        clock.Advance(TimeSpan.FromSeconds(2.2));

        var command = new CancelShipment("A-1", booked.ShipmentId, "A-1/shipment-cancel/1");
        var refused = await Reply<CancelShipmentHandler, CancelShipment, ShipmentCancellationRefused>(delivery, command);

        Assert.AreEqual("the carrier has the goods: with the courier", refused.Reason);
        Assert.AreEqual(refused, await Reply<CancelShipmentHandler, CancelShipment, ShipmentCancellationRefused>(delivery, command));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_shipment_that_the_carrier_does_not_show_for_a_minute_counts_as_cancelled()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var command = new CancelShipment("A-1", Guid.NewGuid().ToString(), "A-1/shipment-cancel/1");
        await Assert.ThrowsExactlyAsync<TimeoutException>(() => Recording.Of<CancelShipmentHandler, CancelShipment>(delivery, command, test.CancellationToken));

        await using var ledger = await delivery.GetRequiredService<IDbContextFactory<OperationsContext>>().CreateDbContextAsync(test.CancellationToken);
        var aMinuteAgo = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await ledger.Operations.ExecuteUpdateAsync(row => row.SetProperty(o => o.FirstCall, aMinuteAgo), test.CancellationToken);

        await Reply<CancelShipmentHandler, CancelShipment, ShipmentCancelled>(delivery, command);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_deletion_that_takes_long_is_asked_about_and_not_guessed()
    {
        await using var host = await SandboxHost.Start(
            test.CancellationToken, null, ("Sandbox:CdekRegistration", "00:01:00"), ("Sandbox:CdekInTransit", "00:02:00"));
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var booked = await Reply<BookShipmentHandler, BookShipment, ShipmentReported>(delivery, Book);

        var undecided = await Assert.ThrowsExactlyAsync<TimeoutException>(() => Recording.Of<CancelShipmentHandler, CancelShipment>(
            delivery, new("A-1", booked.ShipmentId, "A-1/shipment-cancel/1"), test.CancellationToken));

        Assert.Contains(booked.ShipmentId, undecided.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Wrong_credentials_go_to_a_person_and_show_in_the_health_check()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var wrong = host.Connect(DeliveryEndpoint.AddServices, ("Delivery:Cdek:ClientSecret", "wrong"));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(
            () => Recording.Of<BookShipmentHandler, BookShipment>(wrong, Book, test.CancellationToken));

        Assert.Contains("Delivery:Cdek:ClientId", rejected.Message);
        Assert.AreEqual(HealthStatus.Unhealthy, (await Health(wrong)).Status);
        Assert.AreEqual(HealthStatus.Healthy, (await Health(host.Connect(DeliveryEndpoint.AddServices))).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Missing_and_contradicting_settings_are_all_named_at_once()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var delivery = host.Connect(
            DeliveryEndpoint.AddServices, ("Delivery:Cdek:ClientId", ""), ("Delivery:Cdek:FromCity", "Moscow"), ("Delivery:Cdek:PieceGrams", "0"));

        var faults = string.Join('\n', Assert.ThrowsExactly<OptionsValidationException>(() => delivery.GetRequiredService<IOptions<CdekOptions>>().Value).Failures);

        foreach (var key in new[] { "ClientId", "ShipmentPoint", "FromAddress", "PieceGrams" })
            Assert.Contains(key, faults);
    }

    /// <summary>Attempts fail, and each next one is another process's; when one has succeeded, the message comes once more.</summary>
    async Task<TReply> AfterFailure<THandler, TMessage, TReply>(SandboxHost host, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                var reply = await Reply<THandler, TMessage, TReply>(host.Connect(DeliveryEndpoint.AddServices, Impatient), message);
                Assert.IsGreaterThan(0, failures);
                Assert.AreEqual(reply, await Reply<THandler, TMessage, TReply>(host.Connect(DeliveryEndpoint.AddServices), message));
                return reply;
            }
            catch (Exception lost) when (lost is HttpRequestException or TimeoutException)
            {
            }
        }
    }

    Task<ShipmentReported> Check(IServiceProvider delivery, ShipmentReported booked) =>
        Reply<CheckShipmentHandler, CheckShipment, ShipmentReported>(delivery, new(booked.OrderId, booked.ShipmentId));

    async Task<TReply> Reply<THandler, TMessage, TReply>(IServiceProvider delivery, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        var recording = await Recording.Of<THandler, TMessage>(delivery, message, test.CancellationToken);
        return Assert.IsInstanceOfType<TReply>(Assert.ContainsSingle(recording.Replies));
    }

    Task<JsonArray> Documents(SandboxHost host) => host.Documents("cdek", "A-1", test.CancellationToken);

    Task<HealthReport> Health(IServiceProvider services) => services.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken);
}
