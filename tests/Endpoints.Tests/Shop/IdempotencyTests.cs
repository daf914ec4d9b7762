using System.Net;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Shop;
using Dovetail.Endpoints.Forms;
using Dovetail.Endpoints.Shop.Idempotency;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dovetail.Endpoints.Tests.Shop;

[TestClass]
public sealed class IdempotencyTests(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_same_request_under_the_same_key_gets_the_same_answer_and_one_order()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var first = await shop.Place(ShopHost.Order(), "\"key-1\"", Cancellation);

        // With quotes as the draft says, and bare as many clients send it.
        using var second = await shop.Place(ShopHost.Order(), "key-1", Cancellation);
        using var last = await shop.Place(ShopHost.Order("A-LAST"), "key-2", Cancellation);

        Assert.AreEqual(first.StatusCode, second.StatusCode);
        Assert.AreEqual(first.Headers.Location, second.Headers.Location);
        Assert.AreEqual(await first.Content.ReadAsStringAsync(Cancellation), await second.Content.ReadAsStringAsync(Cancellation));
        Assert.IsFalse(first.Headers.Contains("Idempotency-Replayed"));
        Assert.IsTrue(second.Headers.Contains("Idempotency-Replayed"));
        Assert.HasCount(2, await shop.ReceivedUntil("A-LAST", Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Another_request_under_the_same_key_is_refused()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var first = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        using var other = await shop.Place(ShopHost.Order("A-2"), "key-1", Cancellation);
        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Contains("Idempotency-Key was used", (await ShopHost.Json(other, Cancellation))["detail"]!.GetValue<string>());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Keys_belong_to_a_client_and_an_endpoint()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var first = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        using var neighbour = await shop.Place(ShopHost.Order("A-2"), "key-1", Cancellation, shop.Role.Client("shop-2", "shop"));
        using var cancel = await shop.Post("/v1/orders/A-1/cancel", null, "key-1", Cancellation);
        Assert.AreEqual(HttpStatusCode.Accepted, neighbour.StatusCode);
        Assert.AreEqual(HttpStatusCode.Accepted, cancel.StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Of_many_at_once_exactly_one_is_carried_out()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => shop.Place(ShopHost.Order(), "key-1", Cancellation)));
        using var last = await shop.Place(ShopHost.Order("A-LAST"), "key-2", Cancellation);

        Assert.HasCount(2, await shop.ReceivedUntil("A-LAST", Cancellation));
        Assert.IsTrue(answers.All(answer => answer.StatusCode == HttpStatusCode.Accepted));
        Assert.HasCount(1, answers.Where(answer => answer.StatusCode == HttpStatusCode.Accepted && !answer.Headers.Contains("Idempotency-Replayed")).ToList());
        Assert.HasCount(1, answers.Where(answer => answer.StatusCode == HttpStatusCode.Accepted).Select(answer => answer.Headers.Location).Distinct().ToList());
        foreach (var answer in answers) answer.Dispose();
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_repetition_gets_the_answer_of_the_request_that_it_repeats_or_hears_after_a_while_that_there_is_none_yet()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        var acceptance = shop.Role.App.Services.GetRequiredService<Acceptance>();
        var request = new KeyedRequest("shop-1", "POST /v1/orders", "key-1", "fingerprint", default);
        var (begun, goesOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = Once(async () =>
        {
            begun.SetResult();
            await goesOn.Task.WaitAsync(Cancellation);
        });
        await begun.Task.WaitAsync(Cancellation);

        var impatient = await Once(NotAgain);
        Assert.AreEqual(StatusCodes.Status409Conflict, ((IStatusCodeHttpResult)impatient).StatusCode);
        var patient = Once(NotAgain);
        goesOn.SetResult();

        Assert.AreEqual(new Accepted("/first", "{}"), await first);
        Assert.AreEqual(new Accepted("/first", "{}") { IsRepeated = true }, await patient);

        static Task NotAgain() => throw new InvalidOperationException("The first one does the work.");

        async Task<IResult> Once(Func<Task> work)
        {
            await using var scope = shop.Role.App.Services.CreateAsyncScope();
            var session = scope.ServiceProvider.GetRequiredService<NServiceBus.TransactionalSession.ITransactionalSession>();
            return await acceptance.Once(request, new("/first", "{}"), session, work, Cancellation);
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Of_two_processes_at_once_exactly_one_carries_it_out()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        var contexts = shop.Role.App.Services.GetRequiredService<IDbContextFactory<ShopDb>>();
        var request = new KeyedRequest("shop-1", "POST /v1/orders", "key-1", "fingerprint", default);

        // Two objects know as little of each other as two processes do.
        async Task<Accepted> Once(string location, Func<Task> meanwhile)
        {
            await using var scope = shop.Role.App.Services.CreateAsyncScope();
            var session = scope.ServiceProvider.GetRequiredService<NServiceBus.TransactionalSession.ITransactionalSession>();
            return (Accepted)await new Acceptance(contexts, shop.Role.App.Services.GetRequiredService<SharedWrites>(), TimeProvider.System).Once(request, new(location, "{}"), session, meanwhile, Cancellation);
        }

        Accepted? winner = null;
        var loser = await Once("/second", async () => winner = await Once("/first", () => Task.CompletedTask));
        Assert.AreEqual(new Accepted("/first", "{}"), winner);
        Assert.AreEqual(new Accepted("/first", "{}") { IsRepeated = true }, loser);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow(null)]
    [DataRow("")]
    [DataRow("\"\"")]
    [DataRow("\"unfinished")]
    [DataRow("in\"side")]
    [DataRow("\"two\" \"strings\"")]
    [DataRow("\"bad \\escape\"")]
    public async Task A_request_without_a_proper_key_is_refused(string? key)
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var answer = await shop.Place(ShopHost.Order(), key, Cancellation);
        Assert.AreEqual(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Idempotency-Key", (await ShopHost.Json(answer, Cancellation))["detail"]!.GetValue<string>());

        using var longest = await shop.Place(ShopHost.Order(), new string('k', 255), Cancellation);
        Assert.AreEqual(HttpStatusCode.Accepted, longest.StatusCode);
        using var tooLong = await shop.Place(ShopHost.Order(), new string('k', 256), Cancellation);
        Assert.AreEqual(HttpStatusCode.BadRequest, tooLong.StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Keys_are_kept_for_a_day_and_then_cleared_away()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await using var shop = await ShopHost.Start(Cancellation, clock);
        using var first = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        await shop.Received<PlaceOrder>(Cancellation);
        var cleanup = shop.Role.App.Services.GetServices<IHostedService>().OfType<KeyCleanup>().Single();

        clock.Advance(TimeSpan.FromHours(24));
        Assert.AreEqual(0, await cleanup.Clean(Cancellation));
        clock.Advance(TimeSpan.FromHours(25));
        Assert.AreEqual(1, await cleanup.Clean(Cancellation));
    }
}
