using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Victim;

/// <summary>Two endpoints with one of everything that a message can lead to.</summary>
static class SmallSystem
{
    public const string Desk = "Desk";
    public const string Floor = "Floor";

    public static IHost Build(string database, Ledger ledger)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(new Effects(ledger));
        Add(builder, database, Desk, (endpoint, routing) =>
        {
            endpoint.AddHandler<OpenStoryHandler>();
            endpoint.AddHandler<LookAgainHandler>();
            endpoint.AddHandler<StumbleHandler>();
            endpoint.AddHandler<StoryOpenedAtDeskHandler>();
            endpoint.AddSaga<Negotiation>();
            foreach (var command in new[] { typeof(CountCommand), typeof(RingCommand), typeof(AskCommand) }) routing.RouteToEndpoint(command, Floor);
        });
        Add(builder, database, Floor, (endpoint, _) =>
        {
            endpoint.AddHandler<CountHandler>();
            endpoint.AddHandler<RingHandler>();
            endpoint.AddHandler<AskHandler>();
            endpoint.AddHandler<StoryOpenedAtFloorHandler>();
            endpoint.AddHandler<NegotiatedHandler>();
        });
        return builder.Build();
    }

    public static RoutingSettings Configure(EndpointConfiguration endpoint, string database)
    {
        endpoint.UsePersistence<SqlitePersistence>();
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.AssemblyScanner().Disable = true;
        endpoint.Conventions()
            .DefiningCommandsAs(type => type == typeof(OpenStory) || type.Name.EndsWith("Command", StringComparison.Ordinal))
            .DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal))
            .DefiningMessagesAs(type => type == typeof(HurryMessage) || type == typeof(AnswerMessage));
        return endpoint.UseTransport(new SqliteTransport(database)
        {
            // A process that stands still inside a commit, to be killed there, keeps all others waiting until it is.
            LeaseDuration = TimeSpan.FromSeconds(2), PollInterval = TimeSpan.FromMilliseconds(50), BusyTimeout = TimeSpan.FromSeconds(30),
        });
    }

    static void Add(HostApplicationBuilder builder, string database, string name, Action<EndpointConfiguration, RoutingSettings> more)
    {
        var endpoint = new EndpointConfiguration(name);
        var routing = Configure(endpoint, database);
        endpoint.SendFailedMessagesTo("error");
        endpoint.AuditProcessedMessagesTo("audit");
        endpoint.LimitMessageProcessingConcurrencyTo(6);

        // A message may be in hand at several kills, each of which counts as an attempt.
        endpoint.Recoverability().Immediate(retries => retries.NumberOfRetries(8)).Delayed(retries => retries.NumberOfRetries(3).TimeIncrease(TimeSpan.FromMilliseconds(50)));
        more(endpoint, routing);
        builder.Services.AddNServiceBusEndpoint(endpoint, name);
    }
}
