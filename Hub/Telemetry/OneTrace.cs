using NServiceBus;
using NServiceBus.Pipeline;

namespace Dovetail.Hub.Telemetry;

/// <summary>Keeps an order in one trace from the gateway to its last step: events and the saga's alarms would each begin one of their own, linked to the former.</summary>
sealed class OneTrace : Behavior<IOutgoingPhysicalMessageContext>
{
    public override Task Invoke(IOutgoingPhysicalMessageContext context, Func<Task> next)
    {
        context.Headers[Headers.StartNewTrace] = bool.FalseString;
        return next();
    }
}
