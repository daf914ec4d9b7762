using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Dovetail.Hub.Commands;
using Dovetail.Hub.Demo;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class TelemetryTests(TestContext test)
{
    [TestMethod, Timeout(90_000, CooperativeCancellation = true)]
    public async Task An_order_is_one_trace_from_the_gateway_to_the_last_step_and_no_secret_leaves()
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-telemetry-");
        var received = new ConcurrentDictionary<string, MemoryStream>();
        await using var receiver = await Receiver(received);
        var trace = ActivityTraceId.CreateRandom();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => OtlpExport.Sources.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.TraceId == trace) spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);

        string trackingId;
        var settings = DemoCommand.ForTheDemo(folder.FullName);
        settings[OtlpExport.Setting] = receiver.Urls.Single();

        // What a vendor tells of its own accord begins a trace of its own, and whatever the order then does belongs to that one.
        settings["Delivery:Cdek:Hooks:Secret"] = "";
        settings["Oms:RetailCrm:Feed:Interval"] = "1.00:00:00";

        // A webhook, as it has its code in the path.
        settings["Crm:Bitrix24:UserId"] = "1";
        settings["Crm:Bitrix24:Code"] = "sandbox-code";
        foreach (var part in new[] { "ClientId", "ClientSecret", "RefreshToken" }) settings[$"Crm:Bitrix24:{part}"] = "";
        await using (var hub = await RunningHub.Start(HubConfiguration.Read(settings), test.CancellationToken))
        {
            using var shop = new DemoShop(hub.Addresses["gateway"], hub.Addresses["sandbox"]);
            trackingId = await Place(hub.Addresses["gateway"], trace);
            while (await shop.Follow("T-1001", test.CancellationToken) is not { Status: "completed" })
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, test.CancellationToken);
            using var client = new HttpClient { BaseAddress = hub.Addresses["gateway"] };
            await client.GetStringAsync(new Uri(trackingId, UriKind.Relative), test.CancellationToken);
            await hub.Stop(test.CancellationToken);
        }
        folder.Delete(recursive: true);

        string[] handled = [.. spans.Where(span => span.DisplayName.Contains("Handler", StringComparison.Ordinal) || span.DisplayName.Contains("OrderFulfilment", StringComparison.Ordinal)).Select(span => span.DisplayName).Distinct()];
        foreach (var step in new[] { "OrderFulfilment", "PriceOrderHandler", "HoldPaymentHandler", "RegisterOrderHandler", "CapturePaymentHandler", "BookShipmentHandler", "AccruePointsHandler" })
            Assert.Contains(step, handled, $"The trace has {string.Join(", ", handled)}.");
        Assert.IsTrue(spans.Any(span => span is { Kind: ActivityKind.Server, Source.Name: "Microsoft.AspNetCore" }));

        Assert.IsTrue(received["/v1/metrics"].Length > 0);
        var sent = Encoding.UTF8.GetString(received["/v1/traces"].ToArray());
        Assert.Contains("BookShipmentHandler", sent);
        Assert.Contains("/rest/1/hidden/", sent);
        Assert.Contains("/track/hidden", sent);
        foreach (var secret in new[] { trackingId["/track/".Length..], RunningHub.DemoShopKey, "sandbox-secret", "sandbox-password", "sandbox-mindbox-key", "sandbox-code" })
            Assert.DoesNotContain(secret, sent);
    }

    [TestMethod]
    [DataRow("https://acme.bitrix24.ru/rest/1/abcdef123/crm.deal.list", "https://acme.bitrix24.ru/rest/1/hidden/crm.deal.list")]
    [DataRow("https://api.telegram.org/bot123456:AAE-xyz/sendMessage", "https://api.telegram.org/bothidden/sendMessage")]
    [DataRow("https://api.telegram.org/file/bot123456:AAE-xyz/photos/1", "https://api.telegram.org/file/bothidden/photos/1")]
    [DataRow("http://127.0.0.1:5001/track/q3X-_y/events?x=1", "http://127.0.0.1:5001/track/hidden/events")]
    [DataRow("/v1/loyalty/%2B79990000000", "/v1/loyalty/hidden")]
    [DataRow("/hooks/yookassa/secret-of-the-path", "/hooks/yookassa/hidden")]
    [DataRow("https://crm.example/api/v5/orders?apiKey=1234", "https://crm.example/api/v5/orders")]
    [DataRow("https://vendor.example/v1/hunter2%2B/things", "https://vendor.example/v1/hidden/things")]
    [DataRow("https://api.yookassa.ru/v3/payments/2d1", "https://api.yookassa.ru/v3/payments/2d1")]
    public void Addresses_are_told_without_what_their_owner_alone_shall_know(string address, string told)
    {
        using var discretion = Secretive();
        Assert.AreEqual(told, discretion.Cut(address, isAddress: true));
    }

    [TestMethod]
    public void Secrets_leave_neither_in_tags_nor_in_how_it_ended_nor_in_what_happened()
    {
        using var discretion = Secretive();
        using var span = new Activity("call hunter2+").Start();
        span.SetTag("url.full", "https://acme.bitrix24.ru/rest/1/abcdef123/crm.deal.list");
        span.SetTag("note", "hunter2+ was refused");
        span.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        span.SetStatus(ActivityStatusCode.Error, "hunter2+ is wrong");

        discretion.OnEnd(span);

        var told = string.Join(' ', [.. span.TagObjects.Select(tag => $"{tag.Value}"), span.StatusDescription, span.DisplayName]);
        Assert.DoesNotContain("hunter2", told);
        Assert.DoesNotContain("abcdef123", told);
        Assert.IsTrue(span.Recorded);

        span.AddEvent(new ActivityEvent("exception", tags: new ActivityTagsCollection { ["exception.message"] = "401 for hunter2+" }));
        discretion.OnEnd(span);
        Assert.IsFalse(span.Recorded);
    }

    [TestMethod]
    public void An_address_that_is_none_and_a_misspelt_setting_are_named()
    {
        using var configuration = new ConfigurationManager { ["Telemetry:OtlpEndpoint"] = "collector:4318", ["Telemetry:OtlpEndpiont"] = "http://127.0.0.1:4318" };
        var faults = Assert.ThrowsExactly<OptionsValidationException>(() => OtlpExport.Start(configuration)).Failures.ToList();
        Assert.HasCount(2, faults);
        StringAssert.StartsWith(faults[0], "Telemetry:OtlpEndpiont is not known", StringComparison.Ordinal);
        StringAssert.StartsWith(faults[1], "Telemetry:OtlpEndpoint (or OTEL_EXPORTER_OTLP_ENDPOINT) is 'collector:4318'", StringComparison.Ordinal);
    }

    static Discretion Secretive() => new(new ConfigurationBuilder().AddInMemoryCollection([new("Vendor:ApiKey", "hunter2+")]).Build());

    async Task<string> Place(Uri gateway, ActivityTraceId trace)
    {
        using var client = new HttpClient { BaseAddress = gateway };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/orders")
        {
            Content = new StringContent(
                """
                {
                  "orderId": "T-1001", "customer": { "id": "C-7", "name": "Anna Petrova", "email": "anna@example.com", "phone": "+79990000000", "loyaltyCard": "CARD-77" },
                  "destination": { "countryCode": "RU", "city": "Omsk", "postalCode": "644000", "address": "Lenina 1, 2" },
                  "lines": [ { "sku": "MUG-1", "name": "Mug", "quantity": 2, "unitPrice": { "amount": 495.50, "currency": "RUB" } } ],
                  "agreedTotal": { "amount": 4990.00, "currency": "RUB" }, "paymentMethod": "pm-1"
                }
                """, Encoding.UTF8, "application/json"),
            Headers = { { "X-Api-Key", RunningHub.DemoShopKey }, { "Idempotency-Key", "telemetry" }, { "traceparent", $"00-{trace}-00f067aa0ba902b7-01" } },
        };
        using var response = await client.SendAsync(request, test.CancellationToken);
        response.EnsureSuccessStatusCode();
        return System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync(test.CancellationToken)).RootElement.GetProperty("trackingPage").GetString()!;
    }

    async Task<WebApplication> Receiver(ConcurrentDictionary<string, MemoryStream> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            var all = received.GetOrAdd(http.Request.Path, _ => new MemoryStream());
            lock (all) all.Write(body.ToArray());
        });
        await app.StartAsync(test.CancellationToken);
        return app;
    }
}
