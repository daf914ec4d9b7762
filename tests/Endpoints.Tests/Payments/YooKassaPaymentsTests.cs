using System.Net.Http.Json;
using Dovetail.Contracts;
using Dovetail.Endpoints.Payments.YooKassa;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Payments;

[TestClass]
public sealed class YooKassaPaymentsTests(TestContext test) : PaymentProviderContract(test)
{
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

    private protected override Task CancelByHand(SandboxHost host, string paymentId) => ByHand(host, $"payments/{paymentId}/cancel", new { });

    private protected override Task CaptureByHand(SandboxHost host, string paymentId, Money amount) =>
        ByHand(host, $"payments/{paymentId}/capture", new { amount = new { value = $"{amount.Amount:F2}", currency = amount.Currency } });

    private protected override Task RefundByHand(SandboxHost host, string paymentId, Money amount) =>
        ByHand(host, "refunds", new { payment_id = paymentId, amount = new { value = $"{amount.Amount:F2}", currency = amount.Currency } });

    /// <summary>Somebody does it in the shop's account at the provider.</summary>
    async Task ByHand(SandboxHost host, string path, object body)
    {
        using var account = new HttpClient { BaseAddress = new Uri(host.Address, "yookassa/v3/") };
        account.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("sandbox-shop:sandbox-secret"u8));
        account.DefaultRequestHeaders.Add("Idempotence-Key", Guid.NewGuid().ToString());
        using var answer = await account.PostAsJsonAsync(path, body, Cancellation);
        answer.EnsureSuccessStatusCode();
    }
}
