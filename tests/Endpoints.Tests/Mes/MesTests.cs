using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Mes;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Mes;

[TestClass]
public sealed class MesTests(TestContext test)
{
    static readonly Model Ring = new("https://models.example/ring.stl", new string('a', 64), "silver-925");
    static readonly RequestModelPrice Request = new("A-1", "1", Ring, 2, "A-1/model-price-1/1");

    // The connector's own repetitions would hide what the handler does.
    static readonly (string, string?)[] Impatient = [("Mes:Retries", "0"), ("Mes:Timeout", "00:00:02")];

    readonly ManualClock _clock = new();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_price_is_asked_for_then_followed_until_it_is_there()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var mes = host.Connect(MesEndpoint.AddServices);

        var queued = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(mes, Request);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var running = await Reply<CheckModelPriceHandler, CheckModelPrice, ModelPriceRunning>(mes, new("A-1", "1", queued.JobId));
        _clock.Advance(TimeSpan.FromSeconds(1));
        var priced = await Reply<CheckModelPriceHandler, CheckModelPrice, ModelPriceCalculated>(mes, new("A-1", "1", queued.JobId));

        Assert.AreEqual((0m, 0.5m), (queued.Progress, running.Progress));
        Assert.AreEqual("RUB", priced.UnitPrice.Currency);
        Assert.IsInRange(500m, 10_000m, priced.UnitPrice.Amount);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_model_that_was_priced_before_has_its_price_at_once()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var mes = host.Connect(MesEndpoint.AddServices);
        await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(mes, Request);
        _clock.Advance(TimeSpan.FromSeconds(2));

        var first = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceCalculated>(
            mes, Request with { OrderId = "A-2", OperationId = "A-2/model-price-1/1" });
        var other = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(
            mes, Request with { OrderId = "A-3", Model = Ring with { Material = "gold-585" }, OperationId = "A-3/model-price-1/1" });

        Assert.IsGreaterThan(0, first.UnitPrice.Amount);
        Assert.AreEqual(0, other.Progress);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_asks_for_a_model_that_is_being_computed_waits_no_longer_than_the_first()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var mes = host.Connect(MesEndpoint.AddServices);
        await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(mes, Request);
        _clock.Advance(TimeSpan.FromSeconds(1.5));

        var second = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(
            mes, Request with { OrderId = "A-2", OperationId = "A-2/model-price-1/1" });
        _clock.Advance(TimeSpan.FromSeconds(0.5));

        await Reply<CheckModelPriceHandler, CheckModelPrice, ModelPriceCalculated>(mes, new("A-2", "1", second.JobId));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_can_not_be_made_is_refused_at_once_or_when_it_turns_out()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var mes = host.Connect(MesEndpoint.AddServices);

        var unprintable = Request with { Model = Ring with { Url = "https://models.example/unprintable.stl" } };
        var refused = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRefused>(mes, unprintable);
        Assert.AreEqual("The model is not a closed surface and can't be printed.", refused.Reason);
        Assert.AreEqual(refused, await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRefused>(mes, unprintable));

        var thin = Request with { Model = Ring with { Url = "https://models.example/too-thin.stl" }, OperationId = "A-1/model-price-2/1" };
        var running = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(mes, thin);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var failed = await Reply<CheckModelPriceHandler, CheckModelPrice, ModelPriceRefused>(mes, new("A-1", "2", running.JobId));
        Assert.AreEqual("A wall is thinner than 0.3 mm and would break.", failed.Reason);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    [DataRow(nameof(LeverEffect.Silent))]
    [DataRow(nameof(LeverEffect.SilentAfter))]
    public async Task Whatever_is_lost_on_the_way_there_is_one_computation(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        host.Pull(new Lever("mes", Enum.Parse<LeverEffect>(fault), Match: "A-1", Times: 1));
        await Assert.ThrowsAsync<Exception>(() => Recording.Of<RequestModelPriceHandler, RequestModelPrice>(
            host.Connect(MesEndpoint.AddServices, Impatient), Request, test.CancellationToken));

        // The process was killed: another one gets the message again, twice.
        var mes = host.Connect(MesEndpoint.AddServices);
        var reply = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(mes, Request);
        _clock.Advance(TimeSpan.FromMinutes(1));
        host.Pull(new Lever("mes", LeverEffect.FailBefore));
        var repeated = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(mes, Request);

        Assert.AreEqual(reply, repeated);
        Assert.HasCount(1, await host.Documents("mes", "A-1", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_computation_is_cancelled_whether_it_runs_has_ended_or_is_unknown()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var mes = host.Connect(MesEndpoint.AddServices);
        var running = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(mes, Request);

        for (var attempt = 0; attempt < 2; attempt++)
            await Reply<CancelModelPriceHandler, CancelModelPrice, ModelPriceCancelled>(mes, new("A-1", "1", running.JobId));
        var cancelled = await Reply<CheckModelPriceHandler, CheckModelPrice, ModelPriceRefused>(mes, new("A-1", "1", running.JobId));
        Assert.AreEqual("the computation of the price was cancelled", cancelled.Reason);

        _clock.Advance(TimeSpan.FromSeconds(2));
        var ended = await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceCalculated>(mes, Request with { OperationId = "A-1/model-price-1/2" });
        await Reply<CancelModelPriceHandler, CancelModelPrice, ModelPriceCancelled>(mes, new("A-1", "1", ended.JobId));
        await Reply<CancelModelPriceHandler, CancelModelPrice, ModelPriceCancelled>(mes, new("A-1", "1", "pc_unknown"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_operation_id_stands_for_one_request()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var mes = host.Connect(MesEndpoint.AddServices);
        await Reply<RequestModelPriceHandler, RequestModelPrice, ModelPriceRunning>(mes, Request);

        // The ledger sees it, and past the ledger the MES itself does.
        await Assert.ThrowsExactlyAsync<RejectedException>(() => Recording.Of<RequestModelPriceHandler, RequestModelPrice>(
            mes, Request with { Quantity = 3 }, test.CancellationToken));
        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(
            () => mes.GetRequiredService<MesClient>().Request(Ring, 3, Request.OperationId, test.CancellationToken));

        Assert.Contains("idempotency-key-reused", rejected.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_job_that_the_MES_forgot_is_refused_and_a_wrong_key_is_a_matter_for_a_person()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var check = new CheckModelPrice("A-1", "1", "pc_unknown");

        var refused = await Reply<CheckModelPriceHandler, CheckModelPrice, ModelPriceRefused>(host.Connect(MesEndpoint.AddServices), check);
        Assert.AreEqual("the manufacturing system did not compute the price in time", refused.Reason);

        var locked = host.Connect(MesEndpoint.AddServices, ("Mes:ApiKey", "wrong"));
        await Assert.ThrowsExactlyAsync<RejectedException>(() => Recording.Of<CheckModelPriceHandler, CheckModelPrice>(locked, check, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_health_check_sees_the_MES()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var healthy = host.Connect(MesEndpoint.AddServices).GetRequiredService<HealthCheckService>();
        var locked = host.Connect(MesEndpoint.AddServices, ("Mes:ApiKey", "wrong")).GetRequiredService<HealthCheckService>();

        Assert.AreEqual(HealthStatus.Healthy, (await healthy.CheckHealthAsync(test.CancellationToken)).Status);
        Assert.AreEqual(HealthStatus.Unhealthy, (await locked.CheckHealthAsync(test.CancellationToken)).Status);
    }

    async Task<TReply> Reply<THandler, TMessage, TReply>(IServiceProvider services, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        var recording = await Recording.Of<THandler, TMessage>(services, message, test.CancellationToken);
        return Assert.IsInstanceOfType<TReply>(Assert.ContainsSingle(recording.Replies));
    }
}
