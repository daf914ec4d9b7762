namespace NServiceBus.TransactionalSession;

/// <summary>Opens a session on a SQL persistence.</summary>
public sealed class SqlPersistenceOpenSessionOptions : OpenSessionOptions
{
    /// <param name="tenantInformation">Left away: one database serves everybody.</param>
    /// <exception cref="ArgumentException">A tenant is given.</exception>
    public SqlPersistenceOpenSessionOptions((string tenantIdHeaderName, string tenantId) tenantInformation = default)
    {
        if (tenantInformation != default)
            throw new ArgumentException($"A session for tenant '{tenantInformation.tenantId}' can't be opened: this store keeps everything in one database and knows no tenants. Leave the tenant away.", nameof(tenantInformation));
    }
}
