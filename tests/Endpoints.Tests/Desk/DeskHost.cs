using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Events;
using Dovetail.Endpoints.Desk;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Desk;

/// <summary>The desk role on the real bus, and somebody who decides where the sagas would be.</summary>
sealed class DeskHost(RoleHost role, DeskHost.Decider decider) : IAsyncDisposable
{
    public const string Id = "A-1.task.1";

    public static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public RoleHost Role => role;

    public HttpClient Olga { get; } = role.Client("olga", "support");

    public HttpClient Ivan { get; } = role.Client("ivan", "support");

    /// <summary>The commands that arrived.</summary>
    public Channel<object> Arrived => decider.Arrived;

    /// <param name="answers">What the process publishes when it gets a command; without it, nothing.</param>
    public static async Task<DeskHost> Start(CancellationToken cancellation, Func<object, IEnumerable<object>>? answers = null, params (string Key, string? Value)[] settings)
    {
        var decider = new Decider(answers ?? (_ => []));
        return new(await RoleHost.Start(
            DeskEndpoint.Name, DeskEndpoint.Configure, DeskEndpoint.AddServices, DeskEndpoint.Map, cancellation,
            others: [("Sagas", endpoint => endpoint.AddHandler<Sagas>(), decider)], settings: settings), decider);
    }

    /// <summary>Lamp and bulbs for 4240 roubles; the lamp is missing.</summary>
    public static TaskOpened Opened(string order = "A-1", int number = 1, DateTimeOffset? at = null, string queue = "call centre") => new(
        $"{order}/task/{number}", order, Standing(1, TaskState.Open, queue: queue, at: at), TaskKind.Substitution, "Out of stock: Desk lamp. What does the customer get instead?",
        [Line("1", "LAMP-7", "Desk lamp", 1, 3490m), Line("2", "BULB", "Light bulb", 3, 250m)], ["1"], Rub(4240m), (at ?? Noon).AddHours(24));

    public static TaskStanding Standing(int sequence, TaskState state, string? claimant = null, string queue = "call centre", DateTimeOffset? at = null) => new(
        sequence, (at ?? Noon).AddMinutes(sequence), state, queue, claimant, state == TaskState.Ended ? null : (at ?? Noon).AddMinutes(30 + sequence));

    public static TaskClaimed Claimed(int sequence, string by) => new("A-1/task/1", "A-1", Standing(sequence, TaskState.Claimed, by), by);

    public static TaskRefused Refused(int sequence, string by, string why, string? claimant) =>
        new("A-1/task/1", "A-1", Standing(sequence, claimant is null ? TaskState.Open : TaskState.Claimed, claimant), by, why);

    public static TaskEnded Ended(int sequence, TaskOutcome outcome, string how, string? by, string? answerId = null) =>
        new("A-1/task/1", "A-1", Standing(sequence, TaskState.Ended), outcome, how, by, answerId);

    /// <summary>Somebody is to call Anna.</summary>
    public static CallOpened Call() => new(
        "A-1/task/1", "A-1", Standing(1, TaskState.Open), "Tell the customer that the goods are on their way", new("Anna Petrova", "+79990000000", "anna@example.org"), Noon.AddHours(24));

    public static PricedLine Line(string id, string sku, string name, int quantity, decimal price) =>
        new(id, sku, name, quantity, Rub(price), Rub(0), Rub(price * quantity));

    public static Money Rub(decimal amount) => new(amount, "RUB");

    public static JsonObject Substitute(decimal price, int quantity = 1) => JsonNode.Parse(
        $$"""{ "lines": [ { "lineId": "1", "decision": "substitute", "substitute": { "sku": "LAMP-8", "name": "Floor lamp", "quantity": {{quantity}}, "unitPrice": { "amount": {{price}}, "currency": "RUB" } } } ] }""")!.AsObject();

    public async Task Publish(CancellationToken cancellation, params IEnumerable<object> events)
    {
        var session = role.App.Services.GetRequiredService<IMessageSession>();
        foreach (var message in events) await session.Publish(message, cancellationToken: cancellation);
    }

    /// <summary>Lets all that happened to task A-1/task/1 arrive, and waits until it is written.</summary>
    public async Task Arrive(CancellationToken cancellation, params IReadOnlyList<object> events)
    {
        await Publish(cancellation, events);
        while (await Find(cancellation) is not { } task || task["entries"]!.AsArray().Count < events.Count)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
    }

    public async Task<JsonObject?> Find(CancellationToken cancellation, string id = Id)
    {
        using var answer = await Olga.GetAsync($"/v1/tasks/{id}", cancellation);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation) : null;
    }

    public static async Task<HttpResponseMessage> Post(HttpClient client, string action, CancellationToken cancellation, JsonNode? body = null, string? key = null, string id = Id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/tasks/{id}/{action}");
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        return await client.SendAsync(request, cancellation);
    }

    public static async Task<JsonObject> Json(HttpResponseMessage answer, CancellationToken cancellation) => (await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation))!;

    public ValueTask DisposeAsync() => role.DisposeAsync();

    internal sealed class Decider(Func<object, IEnumerable<object>> answers)
    {
        public Channel<object> Arrived { get; } = Channel.CreateUnbounded<object>();

        // One command after the other, as in a saga.
        public IEnumerable<object> Decide(object command)
        {
            lock (Arrived) return [.. answers(command)];
        }
    }

    sealed class Sagas(Decider decider) : IHandleMessages<ClaimTask>, IHandleMessages<ReleaseTask>, IHandleMessages<AnswerTask>, IHandleMessages<ReportCall>
    {
        public Task Handle(ClaimTask message, IMessageHandlerContext context) => Decide(message, context);

        public Task Handle(ReleaseTask message, IMessageHandlerContext context) => Decide(message, context);

        public Task Handle(AnswerTask message, IMessageHandlerContext context) => Decide(message, context);

        public Task Handle(ReportCall message, IMessageHandlerContext context) => Decide(message, context);

        async Task Decide(object command, IMessageHandlerContext context)
        {
            await decider.Arrived.Writer.WriteAsync(command, context.CancellationToken);
            foreach (var message in decider.Decide(command)) await context.Publish(message);
        }
    }
}
