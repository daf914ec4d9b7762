using System.Collections.Concurrent;
using Dovetail.Bus.Sending;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus.MessageMutator;

namespace Dovetail.Bus.Mutation;

/// <summary>All mutators of an endpoint: those among the host's services first, then those registered by hand.</summary>
sealed class MutatorChain(IReadOnlyList<object> registered)
{
    // What the first message found to be absent stays absent: most endpoints have no mutators, and pay nothing for them.
    readonly ConcurrentDictionary<Type, bool> _absent = new();

    /// <summary>False once it is known that none changes the headers of messages that come in.</summary>
    public bool MayChangeIncoming => !_absent.ContainsKey(typeof(IMutateIncomingTransportMessages)) || !_absent.ContainsKey(typeof(IMutateIncomingMessages));

    public async ValueTask<ReadOnlyMemory<byte>> IncomingBody(ReadOnlyMemory<byte> body, Dictionary<string, string> headers, IServiceProvider services, CancellationToken cancellation)
    {
        if (All<IMutateIncomingTransportMessages>(services) is not { Length: > 0 } mutators) return body;
        var context = new MutateIncomingTransportMessageContext(body, headers, cancellation);
        foreach (var mutator in mutators) await Ran(mutator.MutateIncoming(context), mutator);
        return context.Body;
    }

    public async ValueTask<object> IncomingMessage(object message, Dictionary<string, string> headers, IServiceProvider services, CancellationToken cancellation)
    {
        if (All<IMutateIncomingMessages>(services) is not { Length: > 0 } mutators) return message;
        var context = new MutateIncomingMessageContext(message, headers, cancellation);
        foreach (var mutator in mutators) await Ran(mutator.MutateIncoming(context), mutator);
        return context.Message;
    }

    public async ValueTask<object> OutgoingMessage(object message, Dictionary<string, string> headers, Cause? cause, IServiceProvider services, CancellationToken cancellation)
    {
        if (All<IMutateOutgoingMessages>(services) is not { Length: > 0 } mutators) return message;
        var context = new MutateOutgoingMessageContext(message, headers, cause?.Message, cause?.Headers, cancellation);
        foreach (var mutator in mutators) await Ran(mutator.MutateOutgoing(context), mutator);
        return context.OutgoingMessage;
    }

    public async ValueTask<ReadOnlyMemory<byte>> OutgoingBody(ReadOnlyMemory<byte> body, object message, Dictionary<string, string> headers, Cause? cause, IServiceProvider services, CancellationToken cancellation)
    {
        if (All<IMutateOutgoingTransportMessages>(services) is not { Length: > 0 } mutators) return body;
        var context = new MutateOutgoingTransportMessageContext(body, message, headers, cause?.Message, cause?.Headers, cancellation);
        foreach (var mutator in mutators) await Ran(mutator.MutateOutgoing(context), mutator);
        return context.OutgoingBody;
    }

    T[] All<T>(IServiceProvider services)
    {
        if (_absent.ContainsKey(typeof(T))) return [];
        T[] all = [.. services.GetServices<T>(), .. registered.OfType<T>()];
        if (all.Length == 0) _absent.TryAdd(typeof(T), true);
        return all;
    }

    static Task Ran(Task? task, object mutator) => task
        ?? throw new InvalidOperationException($"{mutator.GetType().Name} returned no task. Return Task.CompletedTask where there is nothing to wait for.");
}
