using System.Globalization;
using RabbitMQ.Client;

namespace Dovetail.Benchmarks;

/// <summary>An endpoint on RabbitMQ beside what else one could use there. They take turns, round by round, so that whatever else the machine does hits all of them.</summary>
static class BrokerBenchmark
{
    const int Rounds = 3;
    static readonly BrokerWork[] Works =
    [
        new("send from outside", Sends: true, Audits: false), new("receive", Sends: false, Audits: false), new("receive, send one", Sends: true, Audits: false), new("receive, send one, audit", Sends: true, Audits: true),
    ];

    /// <summary>What an endpoint of NServiceBus 10.2.8 did on such a machine, by work and concurrency.</summary>
    static readonly Dictionary<(string, int), double> NServiceBus = new()
    {
        [("send from outside", 1)] = 1_900, [("send from outside", 8)] = 4_500, [("send from outside", 32)] = 7_200,
        [("receive", 1)] = 5_900, [("receive", 8)] = 10_600, [("receive", 32)] = 13_900,
        [("receive, send one", 8)] = 2_600, [("receive, send one", 32)] = 3_400,
    };

    public static async Task Run(IReadOnlyCollection<int> concurrencies)
    {
        var broker = new ConnectionFactory { Uri = new Uri(Servers.RabbitMQ) };
        Contender[] contenders = [new OwnEndpoint(), new BareClient(broker), new MassTransitBus(new Uri(Servers.RabbitMQ))];
        await using var connection = await broker.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var queues = contenders.SelectMany(contender => new[] { contender.Queue, contender.Sink }).Concat(["Audit", "BareAudit", "Failed"]).ToList();
        foreach (var queue in queues)
        {
            // Each behind an exchange of its name, as NServiceBus and MassTransit have them.
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
            await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true);
            await channel.QueueBindAsync(queue, queue, "");
        }
        Console.WriteLine("| work | at once / ahead | of | messages/s | processor time | allocated | Dovetail's rate to it | allocated to it |");
        Console.WriteLine("|---|--:|---|--:|--:|--:|--:|--:|");
        foreach (var load in concurrencies.SelectMany(Load.Of))
        {
            foreach (var work in Works) await Measure(work, load, [.. contenders.Where(contender => !work.Audits || contender.CanAudit)], channel, connection);
        }
        foreach (var queue in queues)
        {
            await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false);
            await channel.ExchangeDeleteAsync(queue);
        }
    }

    static async Task Measure(BrokerWork work, Load load, Contender[] contenders, IChannel channel, IConnection connection)
    {
        var rounds = new List<Cost[]>();
        for (var round = 0; round <= Rounds; round++)
        {
            // The first round only warms up.
            var messages = (load.AtOnce == 1 ? 4_000 : 30_000) / (round == 0 ? 4 : 1);
            var costs = new Cost[contenders.Length];
            for (var turn = 0; turn < contenders.Length; turn++)
            {
                var at = (turn + round) % contenders.Length;
                costs[at] = work == Works[0] ? await Send(contenders[at], load.AtOnce, messages, channel) : await Receive(contenders[at], work, load, messages, channel, connection);
            }
            if (round > 0) rounds.Add(costs);
        }
        for (var at = 0; at < contenders.Length; at++) Print(work, load, contenders[at], [.. rounds.Select(costs => costs[at])], [.. rounds.Select(costs => costs[0])]);
        if (NServiceBus.TryGetValue((work.Name, load.AtOnce), out var rate))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {work.Name} | {load.AtOnce} / {load.Ahead} | NServiceBus, as once measured | {rate:N0} | | | {Cost.Median(rounds.Select(costs => costs[0].Rate / rate)):N2} | |"));
    }

    static async Task<Cost> Send(Contender contender, int concurrency, int messages, IChannel channel)
    {
        await channel.QueuePurgeAsync(contender.Sink);
        var (send, running) = await contender.Sender();
        await using (running)
        {
            await send(0);
            var cost = await Cost.Of(messages, () => Parallel.ForAsync(1, messages, new ParallelOptions { MaxDegreeOfParallelism = concurrency }, async (id, _) => await send(id)));
            await Expect(channel, contender.Sink, messages);
            return cost;
        }
    }

    static async Task<Cost> Receive(Contender contender, BrokerWork work, Load load, int messages, IChannel channel, IConnection connection)
    {
        await channel.QueuePurgeAsync(contender.Queue);
        await channel.QueuePurgeAsync(contender.Sink);
        await Fill(contender, work, messages, connection);
        Gate.Close(messages);
        Cost cost;
        await using (await contender.Start(work, load))
        {
            while (Gate.Count < load.AtOnce) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            cost = await Cost.Of(messages, () =>
            {
                Gate.Open();
                return Gate.All;
            });
        }
        if (work.Sends) await Expect(channel, contender.Sink, messages);
        await Expect(channel, "Failed", 0);
        return cost;
    }

    static async Task Fill(Contender contender, BrokerWork work, int messages, IConnection connection)
    {
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true, null));
        await Parallel.ForAsync(0, messages, new ParallelOptions { MaxDegreeOfParallelism = 200 }, async (id, cancellation) =>
        {
            var message = contender.Incoming(work, id);
            await channel.BasicPublishAsync("", contender.Queue, mandatory: true, message.Properties, message.Body, cancellation);
        });
    }

    /// <summary>A figure of somebody who lost something, or did it twice, is none.</summary>
    static async Task Expect(IChannel channel, string queue, int messages)
    {
        // The broker's count follows what it was told.
        var there = await channel.MessageCountAsync(queue);
        for (var looks = 0; there != messages && looks < 100; looks++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            there = await channel.MessageCountAsync(queue);
        }
        if (there != messages) throw new InvalidOperationException($"Queue {queue} holds {there} messages, and {messages} were to be expected: look in the log of whoever was measured last.");
    }

    static void Print(BrokerWork work, Load load, Contender contender, IReadOnlyList<Cost> costs, IReadOnlyList<Cost> own)
    {
        var cost = Cost.Median(costs);
        var ratios = ReferenceEquals(costs[0], own[0]) ? " | | |" : string.Create(CultureInfo.InvariantCulture,
            $" | {Cost.Median(own.Zip(costs, (one, other) => one.Rate / other.Rate)):N2} | {Cost.Median(own.Zip(costs, (one, other) => one.Allocated / other.Allocated)):N2} |");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {work.Name} | {load.AtOnce} / {load.Ahead} | {contender.Name} | {cost.Rate:N0} | {cost.Cpu:N0} us | {cost.Allocated / 1024:N1} KB{ratios}"));
    }
}
