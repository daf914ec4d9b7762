namespace NServiceBus.Transport;

/// <summary>What a transport lets others take part in while a message is received. The built-in transports commit with the store instead, and put nothing in.</summary>
public sealed class TransportTransaction : Extensibility.ContextBag;
