using Dovetail.Endpoints.Connectors;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Telemetry;
using NServiceBus;

namespace Dovetail.Hub.Engines;

/// <summary>An endpoint with the conventions and policies of the house, the same on either engine.</summary>
static class HouseEndpoint
{
    const string AuditQueue = "audit";
    const string ErrorQueue = "error";

    public static EndpointConfiguration Of(string name, IConfiguration configuration, Action<EndpointConfiguration, RoutingSettings> configure)
    {
        var bus = BusSettings.Read(configuration);
        var endpoint = new EndpointConfiguration(name);
        var routing = Engine.UseTransportAndStore(endpoint, configuration);
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.AssemblyScanner().Disable = true;
        endpoint.LimitMessageProcessingConcurrencyTo(bus.Concurrency);
        endpoint.SendFailedMessagesTo(ErrorQueue);
        endpoint.AuditProcessedMessagesTo(AuditQueue);
        endpoint.Conventions()
            .DefiningCommandsAs(type => IsOf(type, "Commands"))
            .DefiningEventsAs(type => IsOf(type, "Events"))
            .DefiningMessagesAs(type => IsOf(type, "Messages"));
        endpoint.Recoverability()
            .CustomPolicy(Outages.Decide)
            .AddUnrecoverableException<RejectedException>()
            .Immediate(retries => retries.NumberOfRetries(bus.ImmediateRetries))
            .Delayed(retries => retries
                .NumberOfRetries(bus.DelayedRetries)
                .TimeIncrease(bus.DelayedRetryIncrease));

        endpoint.EnableOutbox().KeepDeduplicationDataFor(bus.RememberHandledFor);
        endpoint.ConnectToServicePlatform(bus.ServicePlatform);
        endpoint.Pipeline.Register<LogScope>("Says in the log to which order and conversation a message belongs.");
        if (OtlpExport.IsWanted(configuration)) endpoint.Pipeline.Register<OneTrace>("Keeps an order in one trace.");
        configure(endpoint, routing);
        return endpoint;
    }

    // One rule for the whole hub: what a message is, its namespace says.
    static bool IsOf(Type type, string kind) =>
        type.Namespace is { } space && space.StartsWith("Dovetail.Contracts.", StringComparison.Ordinal) && space.EndsWith("." + kind, StringComparison.Ordinal);
}
