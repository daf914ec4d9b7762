using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Contracts;
using Dovetail.Contracts.Payments;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Payments;
using Dovetail.Endpoints.Payments.YooKassa;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Payments;

[TestClass]
public sealed class YooKassaPaymentsTests(TestContext test) : PaymentProviderContract(test)
{
    static readonly (string, string?) WantsReceipts = ("Sandbox:YooKassaWantsReceipts", "true");

    protected override string Provider => "YooKassa";

    protected override string System => "yookassa";

    protected override string SavedMethod => "pm-1";

    protected override string[] UselessMethods => ["pm-declined", "pm-3ds", "stolen"];

    protected override (string Hold, string Refund) Calls => ("POST /yookassa/v3/payments", "POST /yookassa/v3/refunds");

    protected override (string Reason, string Words) Withdrawal => ("issuer_unavailable", "the bank could not be reached; please try again later");

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Missing_settings_are_all_named_at_once()
    {
        await using var host = await SandboxHost.Start(Cancellation);
        var payments = Connect(host, ("Payments:YooKassa:ShopId", ""), ("Payments:YooKassa:SecretKey", null), ("Payments:YooKassa:BaseAddress", "nowhere"));

        var faults = Assert.ThrowsExactly<OptionsValidationException>(() => payments.GetRequiredService<IOptions<YooKassaOptions>>().Value).Failures;

        foreach (var key in new[] { "ShopId", "SecretKey", "BaseAddress" })
            Assert.ContainsSingle(faults.Where(fault => fault.StartsWith($"Payments:YooKassa:{key} ", StringComparison.Ordinal)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Receipts_go_along_with_what_is_held_taken_and_given_back_and_stand_in_the_books()
    {
        await using var host = await SandboxHost.Start(Cancellation, null, WantsReceipts);
        var payments = Connect(host);
        var receipt = new Receipt("anna@example.com", "+79990000000", [new("Lamp", 1, new(3990m, "RUB")), new("Bulb", 3, new(1000m, "RUB"))]);

        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, new("A-1", Price, "pm-1", "A-1/hold/1", receipt));
        Assert.AreEqual("1 × Lamp 3990.00, 2 × Bulb 333.33, 1 × Bulb 333.34", Items((await Ledger(host))["receipt"]));

        var less = receipt with { Lines = [receipt.Lines[0]] };
        await Reply<CapturePaymentHandler, CapturePayment, PaymentCaptured>(payments, new("A-1", held.PaymentId, new(3500m, "RUB"), "A-1/capture/1", less));
        Assert.AreEqual("1 × Lamp 3500.00", Items((await Ledger(host))["receipt"]), "Points paid for the rest.");

        await Reply<RefundPaymentHandler, RefundPayment, PaymentRefunded>(payments, new("A-1", held.PaymentId, new(500m, "RUB"), "A-1/refund/1", less));
        var refund = (await Ledger(host))["refunds"]!.AsArray().Single()!;
        Assert.AreEqual("1 × Lamp 500.00", Items(refund["receipt"]));
        Assert.AreEqual("anna@example.com", (string?)refund["receipt"]!["customer"]!["email"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_shop_that_must_send_receipts_and_does_not_is_refused()
    {
        await using var host = await SandboxHost.Start(Cancellation, null, WantsReceipts);
        var hold = new HoldPayment("A-1", Price, "pm-1", "A-1/hold/1", new("anna@example.com", null, [new("Lamp", 1, Price)]));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(
            () => Recording.Of<HoldPaymentHandler, HoldPayment>(Connect(host, ("Payments:YooKassa:Receipts:Send", "false")), hold, Cancellation));

        Assert.Contains("parameter 'receipt'", rejected.Message);
        Assert.DoesNotContain("anna", rejected.Message);
        Assert.IsEmpty(await host.Documents(System, "A-1", Cancellation));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_command_that_comes_again_with_a_receipt_is_the_same_command()
    {
        await using var host = await SandboxHost.Start(Cancellation);
        var payments = Connect(host);
        var before = new HoldPayment("A-1", Price, "pm-1", "A-1/hold/1");

        var held = await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, before);

        Assert.AreEqual(held, await Reply<HoldPaymentHandler, HoldPayment, PaymentHeld>(payments, before with { Receipt = new("anna@example.com", null, [new("Lamp", 1, Price)]) }));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("receipt.customer", """{"customer":{},"items":[{"description":"Lamp","quantity":1,"amount":{"value":"10.00","currency":"RUB"},"vat_code":1,"payment_mode":"full_payment","payment_subject":"commodity"}]}""")]
    [DataRow("receipt.items", """{"customer":{"email":"a@b.c"},"items":[]}""")]
    [DataRow("receipt.items", """{"customer":{"email":"a@b.c"},"items":[{"description":"Lamp","quantity":2,"amount":{"value":"10.00","currency":"RUB"},"vat_code":1,"payment_mode":"full_payment","payment_subject":"commodity"}]}""")]
    [DataRow("receipt.items.vat_code", """{"customer":{"email":"a@b.c"},"items":[{"description":"Lamp","quantity":1,"amount":{"value":"10.00","currency":"RUB"},"vat_code":13,"payment_mode":"full_payment","payment_subject":"commodity"}]}""")]
    public async Task A_receipt_that_is_not_right_is_refused_by_name(string parameter, string receipt)
    {
        await using var host = await SandboxHost.Start(Cancellation);
        using var account = Account(host);
        using var answer = await account.PostAsJsonAsync(
            "payments", new { amount = new { value = "10.00", currency = "RUB" }, payment_method_id = "pm-1", receipt = JsonNode.Parse(receipt) }, Cancellation);

        Assert.AreEqual(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.AreEqual(parameter, (string?)(await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["parameter"]);
    }

    static string Items(JsonNode? receipt) =>
        string.Join(", ", receipt!["items"]!.AsArray().Select(item => $"{(int)item!["quantity"]!} × {item["description"]} {item["amount"]!["value"]}"));

    private protected override Task CancelByHand(SandboxHost host, string paymentId) => ByHand(host, $"payments/{paymentId}/cancel", new { });

    private protected override Task CaptureByHand(SandboxHost host, string paymentId, Money amount) =>
        ByHand(host, $"payments/{paymentId}/capture", new { amount = new { value = $"{amount.Amount:F2}", currency = amount.Currency } });

    private protected override Task RefundByHand(SandboxHost host, string paymentId, Money amount) =>
        ByHand(host, "refunds", new { payment_id = paymentId, amount = new { value = $"{amount.Amount:F2}", currency = amount.Currency } });

    /// <summary>Somebody does it in the shop's account at the provider.</summary>
    async Task ByHand(SandboxHost host, string path, object body)
    {
        using var account = Account(host);
        using var answer = await account.PostAsJsonAsync(path, body, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    static HttpClient Account(SandboxHost host)
    {
        var account = new HttpClient { BaseAddress = new Uri(host.Address, "yookassa/v3/") };
        account.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("sandbox-shop:sandbox-secret"u8));
        account.DefaultRequestHeaders.Add("Idempotence-Key", Guid.NewGuid().ToString());
        return account;
    }
}
