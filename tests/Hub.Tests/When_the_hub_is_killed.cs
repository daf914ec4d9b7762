using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Tests;

/// <summary>Every hundred milliseconds of an order's life is a moment at which the power may go.</summary>
[TestClass]
public sealed class When_the_hub_is_killed(TestContext test)
{
    const int Orders = 100;
    const int Kills = 5;

    [TestMethod, Timeout(300_000, CooperativeCancellation = true)]
    public async Task No_order_is_lost_and_none_is_charged_twice()
    {
        await using var world = await World.Start(test.CancellationToken);
        var orders = Enumerable.Range(1, Orders).Select(Order.Number).ToList();

        var placing = Parallel.ForEachAsync(orders, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = test.CancellationToken },
            async (order, cancellation) => await world.PlaceWhateverHappens(order, cancellation));
        for (var kill = 1; kill <= Kills; kill++)
        {
            await world.UntilAccepted(kill * Orders / (Kills + 1), test.CancellationToken);
            await world.KillAndRestart(test.CancellationToken);
        }
        await placing;

        foreach (var order in orders) Assert.AreEqual(order.Ends, (await world.UntilItEnds(order, test.CancellationToken)).Status, order.Id);
        foreach (var order in orders) await order.CheckBooks(world.Shop, test.CancellationToken);
        foreach (var order in orders) await order.UntilTheCrmKnows(world.Shop, test.CancellationToken);
        Assert.AreEqual("0", await world.UnresolvedFailures(test.CancellationToken), "Messages wait in the error queue.");
    }

    /// <param name="Ends">How the order must end.</param>
    sealed record Order(string Id, JsonObject Form, string Ends)
    {
        public static Order Number(int number)
        {
            var (sku, method, ends) = (number % 10) switch
            {
                3 => ("GONE-1", "pm-anna", "cancelled"),
                7 => ("LAMP-7", "pm-declined", "cancelled"),
                _ => ("LAMP-7", "pm-anna", "completed"),
            };
            var form = JsonNode.Parse($$"""
                {
                  "orderId": "KILL-{{number}}",
                  "customer": { "id": "c{{number}}", "name": "Anna Orlova", "email": "anna{{number}}@example.com", "phone": "+7999{{number:0000000}}", "loyaltyCard": "CARD-K{{number}}" },
                  "destination": { "countryCode": "RU", "city": "Moscow", "postalCode": "101000", "address": "Myasnitskaya 1" },
                  "lines": [ { "sku": "{{sku}}", "name": "Desk lamp", "quantity": 2, "unitPrice": { "amount": 500, "currency": "RUB" } } ],
                  "agreedTotal": { "amount": 1000, "currency": "RUB" },
                  "pointsToSpend": 100,
                  "paymentMethod": "{{method}}"
                }
                """)!.AsObject();
            return new Order($"KILL-{number}", form, ends);
        }

        public async Task CheckBooks(DemoShop shop, CancellationToken cancellation)
        {
            var payments = await shop.Ledger("yookassa", Id, cancellation);
            var taken = payments.Where(payment => (string?)payment!["status"] == "succeeded").ToList();
            Assert.HasCount(Ends == "completed" ? 1 : 0, taken, $"{Id} was charged {taken.Count} times: {payments.ToJsonString()}");
            Assert.IsFalse(payments.Any(payment => (string?)payment!["status"] == "waiting_for_capture"), $"{Id} left money held: {payments.ToJsonString()}");

            var shipments = await shop.Ledger("cdek", Id, cancellation);
            Assert.HasCount(Ends == "completed" ? 1 : 0, shipments, $"{Id} was shipped {shipments.Count} times: {shipments.ToJsonString()}");

            var registered = await shop.Ledger("retailcrm", Id, cancellation);
            Assert.IsLessThanOrEqualTo(1, registered.Count, $"{Id} is {registered.Count} times in the order management: {registered.ToJsonString()}");
        }

        /// <summary>The CRM hears by events, and may be told a little after the order has ended.</summary>
        public async Task UntilTheCrmKnows(DemoShop shop, CancellationToken cancellation)
        {
            while (true)
            {
                var deals = await shop.Ledger("bitrix24", Id, cancellation);
                Assert.IsLessThanOrEqualTo(1, deals.Count, $"{Id} has {deals.Count} deals: {deals.ToJsonString()}");
                if (deals is [var deal] && (string?)deal!["STAGE_ID"] == (Ends == "completed" ? "WON" : "LOSE")) return;
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
            }
        }
    }

    /// <summary>Stand-ins that live on in this process, and a hub in one of its own that does not.</summary>
    sealed class World : IAsyncDisposable
    {
        readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-kill-");
        readonly TaskCompletionSource[] _acceptedSoFar = [.. Enumerable.Range(0, Orders + 1).Select(_ => new TaskCompletionSource())];
        RunningHub _sandbox = null!;
        Process _hub = null!;
        Uri _gateway = null!;
        string _smtpPort = null!;
        int _accepted;

        public DemoShop Shop { get; private set; } = null!;

        public static async Task<World> Start(CancellationToken cancellation)
        {
            var world = new World();
            using (var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                listener.Start();
                world._gateway = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
            }
            var configuration = HubConfiguration.Read(new Dictionary<string, string?>
            {
                ["Hub:Folder"] = Path.Combine(world._folder.FullName, "vendors"), ["Hub:Roles"] = "sandbox", ["Logging:Console:LogLevel:Default"] = "None",
                ["Sandbox:Webhooks:Hub"] = world._gateway.ToString(),
            });
            world._sandbox = await RunningHub.Start(configuration, cancellation);
            world._smtpPort = configuration["Sandbox:SmtpPort"]!;
            world._hub = world.StartHub();
            world.Shop = new DemoShop(world._gateway, world._sandbox.Addresses["sandbox"]);
            return world;
        }

        public async Task PlaceWhateverHappens(Order order, CancellationToken cancellation)
        {
            while (true)
            {
                try
                {
                    await Shop.Place(order.Form.DeepClone().AsObject(), cancellation);
                    break;
                }
                catch (Exception failure) when (failure is HttpRequestException or StoryException && !cancellation.IsCancellationRequested)
                {
                    // Nobody answered, or half an answer came: the same request under the same key is safe to repeat.
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
                }
            }
            _acceptedSoFar[Interlocked.Increment(ref _accepted)].TrySetResult();
        }

        public Task UntilAccepted(int count, CancellationToken cancellation) => _acceptedSoFar[count].Task.WaitAsync(cancellation);

        public async Task KillAndRestart(CancellationToken cancellation)
        {
            _hub.Kill();
            await _hub.WaitForExitAsync(cancellation);
            _hub.Dispose();
            _hub = StartHub();
        }

        public async Task<Journey> UntilItEnds(Order order, CancellationToken cancellation)
        {
            Journey? last = null;
            while (last?.Status is not ("completed" or "cancelled"))
            {
                try
                {
                    last = await Shop.Follow(order.Id, cancellation);
                }
                catch (Exception failure) when (failure is HttpRequestException or StoryException && !cancellation.IsCancellationRequested)
                {
                    Assert.IsFalse(_hub.HasExited, "The hub ended by itself.");
                }
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
            }
            return last;
        }

        public async Task<string> UnresolvedFailures(CancellationToken cancellation)
        {
            using var support = new HttpClient { BaseAddress = _gateway, DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoSupportKey } } };
            using var response = await support.GetAsync(new Uri("api/errors?status=unresolved", UriKind.Relative), cancellation);
            return response.Headers.GetValues("Total-Count").Single();
        }

        public async ValueTask DisposeAsync()
        {
            Shop.Dispose();
            _hub.Kill();
            await _hub.WaitForExitAsync();
            _hub.Dispose();
            await _sandbox.Stop(CancellationToken.None);
            await _sandbox.DisposeAsync();
            _folder.Delete(recursive: true);
        }

        Process StartHub()
        {
            string[] settings =
            [
                $"Hub:Folder={_folder.FullName}/hub", $"Hub:Addresses:Gateway={_gateway}", $"Hub:Addresses:Sandbox={_sandbox.Addresses["sandbox"]}", $"Sandbox:SmtpPort={_smtpPort}",
                "TaskDeadlines:Remind=00:00:02", "TaskDeadlines:Escalate=00:00:04", "TaskDeadlines:Limit=00:00:08",
                "Bus:LeaseDuration=00:00:03", "Bus:DelayedRetryIncrease=00:00:04", "Logging:Console:LogLevel:Default=None",
            ];
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"), "--roles", string.Join(',', RunningHub.AllRoles.Except(["sandbox"])), .. settings.SelectMany(setting => new[] { "--set", setting })])
            {
                RedirectStandardOutput = true,
            };
            var hub = Process.Start(start)!;
            hub.OutputDataReceived += (_, _) => { };
            hub.BeginOutputReadLine();
            return hub;
        }
    }
}
