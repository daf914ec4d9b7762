using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Events;

namespace Dovetail.Endpoints.Tests.Tracking;

[TestClass]
public sealed class JourneyTests(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_order_under_way_has_somebody_who_acts_next()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        await tracking.Arrive(new History("A-1").Placed().Held(), "A-1", Cancellation);

        using var answer = await tracking.Client.GetAsync("/v1/orders/A-1/journey", Cancellation);
        var journey = (await answer.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!;
        Assert.AreEqual("in-progress", journey["status"]!.GetValue<string>());
        Assert.AreEqual("owner 2", journey["stands"]!["owner"]!.GetValue<string>());
        Assert.AreEqual("do thing 2", journey["stands"]!["waiting"]!.GetValue<string>());
        Assert.AreEqual(History.Begin.AddMinutes(32), journey["stands"]!["deadline"]!.GetValue<DateTimeOffset>());
        Assert.AreEqual(5000m, journey["total"]!["amount"]!.GetValue<decimal>());
        CollectionAssert.AreEqual(new[] { "placed", "payment-held" }, journey["entries"]!.AsArray().Select(entry => entry!["kind"]!.GetValue<string>()).ToArray());

        using var again = new HttpRequestMessage(HttpMethod.Get, "/v1/orders/A-1/journey");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        Assert.AreEqual(HttpStatusCode.NotModified, (await tracking.Client.SendAsync(again, Cancellation)).StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Every_event_is_written_and_the_outcome_is_the_same_in_any_order()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        var straight = History.Of_everything("A-1");
        await tracking.Arrive(straight, "A-1", Cancellation);

        // Backwards, forwards, and so each one twice: the first event comes last of its round.
        var crooked = History.Of_everything("B-1");
        await tracking.Publish(Cancellation, crooked.Events.Reverse());
        await tracking.Publish(Cancellation, crooked.Events);
        var expected = (await tracking.Until("A-1", _ => true, Cancellation)).ToJsonString().Replace("A-1-x", "B-1-x", StringComparison.Ordinal).Replace("A-1", "B-1", StringComparison.Ordinal);
        await tracking.Until("B-1", journey => journey.ToJsonString() == expected, Cancellation);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_the_customer_could_not_be_told_stands_beside_the_journey()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        await tracking.Arrive(new History("A-1").Placed(), "A-1", Cancellation);
        var failure = new CustomerNotReached("A-1", "A-1/letter-OrderShipped", NotificationKind.OrderShipped, History.Begin.AddDays(1), "e-mail: no such mailbox");

        await tracking.Publish(Cancellation, failure, failure);

        var journey = await tracking.Until("A-1", journey => journey["notReached"]!.AsArray().Count > 0, Cancellation);
        var told = Assert.ContainsSingle(journey["notReached"]!.AsArray())!;
        Assert.AreEqual(("OrderShipped", "e-mail: no such mailbox"), ((string)told["about"]!, (string)told["why"]!));
        Assert.HasCount(1, journey["entries"]!.AsArray());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow(false)]
    [DataRow(true)]
    public async Task Who_is_to_call_the_customer_stands_there_until_somebody_has_or_nobody_needs_to(bool overtaken)
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        await tracking.Arrive(new History("A-1").Placed(), "A-1", Cancellation);
        const string Letter = "A-1/letter-OrderShipped";
        var noon = History.Begin.AddDays(1);
        var failure = new CustomerNotReached("A-1", Letter, NotificationKind.OrderShipped, noon, "e-mail: no such mailbox", "call centre", noon.AddDays(1));
        var end = new CustomerCallEnded("A-1", Letter, NotificationKind.OrderShipped, noon.AddHours(1), IsTold: true, "olga reached the customer by telephone");

        if (!overtaken)
        {
            await tracking.Publish(Cancellation, failure);
            Assert.AreEqual($"call centre|{noon.AddDays(1):O}|", Call(await tracking.Until("A-1", journey => journey["notReached"]!.AsArray().Count > 0, Cancellation)));
        }
        await tracking.Publish(Cancellation, end);
        await tracking.Until("A-1", journey => journey["notReached"]!.AsArray().Count > 0 && journey["notReached"]![0]!["outcome"] is not null, Cancellation);
        await tracking.Publish(Cancellation, failure);

        Assert.AreEqual("||olga reached the customer by telephone", Call(await tracking.Until("A-1", journey => (string?)journey["notReached"]![0]!["why"] == failure.Why, Cancellation)));

        // Somebody sent it again after a month, and it was in vain again.
        await tracking.Publish(Cancellation, failure with { At = noon.AddDays(30), CallBy = noon.AddDays(31) });
        Assert.AreEqual($"call centre|{noon.AddDays(31):O}|", Call(await tracking.Until("A-1", journey => journey["notReached"]![0]!["owner"] is not null, Cancellation)));

        static string Call(JsonNode journey) => $"{journey["notReached"]![0]!["owner"]}|{(DateTimeOffset?)journey["notReached"]![0]!["deadline"]:O}|{journey["notReached"]![0]!["outcome"]}";
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_journey_is_shown_to_its_client_and_the_desk_alone()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        await tracking.Arrive(new History("A-1").Placed(), "A-1", Cancellation);
        Assert.AreEqual(HttpStatusCode.OK, (await tracking.Client.GetAsync("/v1/orders/A-1/journey", Cancellation)).StatusCode);
        foreach (var path in new[] { "/v1/orders/A-1/journey", "/v1/orders/A-1/journey/events", "/v1/orders/A-2/journey" })
            Assert.AreEqual(HttpStatusCode.NotFound, (await tracking.Role.Client("shop-2", "shop").GetAsync(path, Cancellation)).StatusCode, path);

        // Its first event was overtaken: nobody knows yet whose order it is.
        await tracking.Publish(Cancellation, new History("A-3").Placed().Held().Events[1]);
        await tracking.Until("A-3", _ => true, Cancellation);
        Assert.AreEqual(HttpStatusCode.NotFound, (await tracking.Client.GetAsync("/v1/orders/A-3/journey", Cancellation)).StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_status_says_how_it_is_going()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        (string Status, History History)[] orders =
        [
            ("in-progress", new History("A-0").Placed()),
            ("needs-attention", new History("A-1").Placed().Stuck()),
            ("in-progress", new History("A-2").Placed().Stuck().Then(standing => new Contracts.Orders.Events.OrderAttentionEnded("A-2", standing, "it answered"))),
            ("cancelling", new History("A-3").Placed().Then(standing => new Contracts.Orders.Events.OrderCancelling("A-3", standing, "why"))),
            ("in-progress", new History("A-4").Placed().Then(standing => new Contracts.Orders.Events.OrderCancelling("A-4", standing, "why"))
                .Then(standing => new Contracts.Orders.Events.OrderCancellationRefused("A-4", standing, "too late"))),
            ("delivered", new History("A-5").Placed().Then(standing => new Contracts.Orders.Events.OrderDelivered("A-5", standing))),
            ("completed", new History("A-6").Placed().Completed()),
            ("cancelled", new History("A-7").Placed().Cancelled("the card was declined")),
        ];
        foreach (var (index, (status, history)) in orders.Index())
        {
            await tracking.Arrive(history, $"A-{index}", Cancellation);
            var journey = await tracking.Until($"A-{index}", _ => true, Cancellation);
            Assert.AreEqual(status, journey["status"]!.GetValue<string>(), $"A-{index}");
            if (status is "completed" or "cancelled") Assert.IsNull(journey["stands"]!["owner"]);
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_desk_sees_which_orders_need_it()
    {
        await using var tracking = await TrackingHost.Start(Cancellation);
        await tracking.Arrive(new History("A-1").Placed().Stuck().Stuck("support lead"), "A-1", Cancellation);
        await tracking.Arrive(new History("A-2").Placed().Stuck(), "A-2", Cancellation);
        await tracking.Arrive(new History("A-3").Placed().Stuck().Then(standing => new Contracts.Orders.Events.OrderAttentionEnded("A-3", standing, "it answered")), "A-3", Cancellation);
        await tracking.Arrive(new History("A-4").Placed().Stuck().Cancelled("why"), "A-4", Cancellation);

        var list = (await tracking.Desk.GetFromJsonAsync<JsonObject>("/v1/attention", Cancellation))!;
        Assert.AreEqual(2, list["total"]!.GetValue<int>());
        CollectionAssert.AreEqual(new[] { "A-2", "A-1" }, list["items"]!.AsArray().Select(item => item!["orderId"]!.GetValue<string>()).ToArray(), "First the one whose time is up first.");
        var handedOn = list["items"]![1]!;
        Assert.AreEqual("support lead", handedOn["queue"]!.GetValue<string>());
        Assert.Contains("has not answered", handedOn["why"]!.GetValue<string>());
        Assert.AreEqual(History.Begin.AddMinutes(2), handedOn["since"]!.GetValue<DateTimeOffset>());
        Assert.AreEqual(History.Begin.AddMinutes(33), handedOn["deadline"]!.GetValue<DateTimeOffset>());
        Assert.AreEqual("/v1/orders/A-1/resume", handedOn["resume"]!.GetValue<string>());
    }
}
