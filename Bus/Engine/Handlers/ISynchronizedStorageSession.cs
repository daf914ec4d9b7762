namespace NServiceBus.Persistence;

/// <summary>The store's side of the commit that ends the handling of a message.</summary>
public interface ISynchronizedStorageSession;
