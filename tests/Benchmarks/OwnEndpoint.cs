using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NServiceBus;

namespace Dovetail.Benchmarks;

/// <summary>An endpoint of ours with all that comes with it, and a store that keeps nothing.</summary>
sealed class OwnEndpoint : Contender
{
    public override string Name => "Dovetail";

    public override string Queue => "Bench";

    public override string Sink => "Sink";

    public override RawMessage Incoming(BrokerWork work, int id)
    {
        var (message, conversation, correlation) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        return work.Sends ? RawMessage.Of(new Forward(id, Work.Nothing(id).Text), message, conversation, correlation) : RawMessage.Of(Work.Nothing(id), message, conversation, correlation);
    }

    public override async Task<IAsyncDisposable> Start(BrokerWork work, Load load) => (await Start(load.Ahead, endpoint =>
    {
        endpoint.LimitMessageProcessingConcurrencyTo(load.AtOnce);
        if (work.Audits) endpoint.AuditProcessedMessagesTo("Audit");
    })).Running;

    public override async Task<(Func<int, Task> Send, IAsyncDisposable Running)> Sender()
    {
        var (host, running) = await Start(1, endpoint => endpoint.SendOnly());
        var session = host.Services.GetRequiredService<IMessageSession>();
        return (id => session.Send(Sink, Work.Nothing(id)), running);
    }

    async Task<(IHost Host, IAsyncDisposable Running)> Start(int ahead, Action<EndpointConfiguration> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var endpoint = new EndpointConfiguration(Queue);
        var transport = Servers.Transport();
        transport.PrefetchCountCalculation = _ => ahead;
        endpoint.UseTransport(transport);
        endpoint.UsePersistence<NoPersistence>();
        Work.Configure(endpoint);
        Work.End = Gate.Pass;
        endpoint.Recoverability().Delayed(delayed => delayed.NumberOfRetries(0));
        endpoint.SendFailedMessagesTo("Failed");
        foreach (var (name, value) in RawMessage.Added) endpoint.AddHeaderToAllOutgoingMessages(name, value);
        configure(endpoint);
        builder.Services.AddNServiceBusEndpoint(endpoint);
        var host = builder.Build();
        await host.StartAsync();
        return (host, new Running(host));
    }

    sealed class Running(IHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}
