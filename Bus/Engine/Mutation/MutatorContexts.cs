using System.Diagnostics.CodeAnalysis;

namespace NServiceBus.MessageMutator;

/// <summary>A message that came in.</summary>
public class MutateIncomingMessageContext : ICancellableContext
{
    /// <summary>For tests of mutators.</summary>
    public MutateIncomingMessageContext(object message, Dictionary<string, string> headers, CancellationToken cancellationToken = default) =>
        (Message, Headers, CancellationToken) = (message, headers, cancellationToken);

    /// <inheritdoc />
    public CancellationToken CancellationToken { get; }

    /// <summary>Its headers; changes last for this attempt.</summary>
    public Dictionary<string, string> Headers { get; }

    /// <summary>The message that handlers will see.</summary>
    public object Message { get; set; }
}

/// <summary>A body that came in, unread.</summary>
public class MutateIncomingTransportMessageContext : ICancellableContext
{
    /// <summary>For tests of mutators.</summary>
    public MutateIncomingTransportMessageContext(ReadOnlyMemory<byte> body, Dictionary<string, string> headers, CancellationToken cancellationToken = default) =>
        (Body, Headers, CancellationToken) = (body, headers, cancellationToken);

    /// <summary>What will be read.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    /// <inheritdoc />
    public CancellationToken CancellationToken { get; }

    /// <summary>Its headers; changes last for this attempt.</summary>
    public Dictionary<string, string> Headers { get; }
}

/// <summary>A message on its way out.</summary>
public class MutateOutgoingMessageContext : ICancellableContext
{
    readonly object? _incomingMessage;
    readonly IReadOnlyDictionary<string, string>? _incomingHeaders;

    /// <summary>For tests of mutators.</summary>
    public MutateOutgoingMessageContext(
        object outgoingMessage, Dictionary<string, string> outgoingHeaders, object? incomingMessage, IReadOnlyDictionary<string, string>? incomingHeaders, CancellationToken cancellationToken = default) =>
        (OutgoingMessage, OutgoingHeaders, _incomingMessage, _incomingHeaders, CancellationToken) = (outgoingMessage, outgoingHeaders, incomingMessage, incomingHeaders, cancellationToken);

    /// <inheritdoc />
    public CancellationToken CancellationToken { get; }

    /// <summary>Its headers as far as they are set.</summary>
    public Dictionary<string, string> OutgoingHeaders { get; }

    /// <summary>The message that will be sent.</summary>
    public object OutgoingMessage { get; set; }

    /// <summary>The headers of the message being handled, if one is.</summary>
    public bool TryGetIncomingHeaders([NotNullWhen(true)] out IReadOnlyDictionary<string, string>? incomingHeaders) => (incomingHeaders = _incomingHeaders) is not null;

    /// <summary>The message being handled, if one is.</summary>
    public bool TryGetIncomingMessage([NotNullWhen(true)] out object? incomingMessage) => (incomingMessage = _incomingMessage) is not null;
}

/// <summary>A body on its way out.</summary>
public class MutateOutgoingTransportMessageContext : ICancellableContext
{
    readonly object? _incomingMessage;
    readonly IReadOnlyDictionary<string, string>? _incomingHeaders;

    /// <summary>For tests of mutators.</summary>
    public MutateOutgoingTransportMessageContext(
        ReadOnlyMemory<byte> outgoingBody, object outgoingMessage, Dictionary<string, string> outgoingHeaders, object? incomingMessage, IReadOnlyDictionary<string, string>? incomingHeaders,
        CancellationToken cancellationToken = default) =>
        (OutgoingBody, OutgoingMessage, OutgoingHeaders, _incomingMessage, _incomingHeaders, CancellationToken) = (outgoingBody, outgoingMessage, outgoingHeaders, incomingMessage, incomingHeaders, cancellationToken);

    /// <inheritdoc />
    public CancellationToken CancellationToken { get; }

    /// <summary>What will be sent.</summary>
    public ReadOnlyMemory<byte> OutgoingBody { get; set; }

    /// <summary>Its headers.</summary>
    public Dictionary<string, string> OutgoingHeaders { get; }

    /// <summary>The message that the body was written from.</summary>
    public object OutgoingMessage { get; }

    /// <summary>The headers of the message being handled, if one is.</summary>
    public bool TryGetIncomingHeaders([NotNullWhen(true)] out IReadOnlyDictionary<string, string>? incomingHeaders) => (incomingHeaders = _incomingHeaders) is not null;

    /// <summary>The message being handled, if one is.</summary>
    public bool TryGetIncomingMessage([NotNullWhen(true)] out object? incomingMessage) => (incomingMessage = _incomingMessage) is not null;
}
