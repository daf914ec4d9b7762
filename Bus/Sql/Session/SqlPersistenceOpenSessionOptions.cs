namespace NServiceBus.TransactionalSession;

/// <summary>Opens a session on a SQL persistence.</summary>
public sealed class SqlPersistenceOpenSessionOptions : OpenSessionOptions;
