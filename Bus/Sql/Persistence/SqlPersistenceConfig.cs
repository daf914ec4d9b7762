using System.Data.Common;

namespace NServiceBus;

/// <summary>Settings of the SQL persistence.</summary>
public static class SqlPersistenceConfig
{
    /// <summary>Sets how connections are made: a new, closed one at each call. The pool behind it is the driver's.</summary>
    public static void ConnectionBuilder(this PersistenceExtensions<SqlPersistence> configuration, Func<DbConnection> connectionBuilder)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(connectionBuilder);
        configuration.Definition.ConnectionBuilder = connectionBuilder;
    }

    /// <summary>Leaves it to somebody else to make the tables.</summary>
    public static void DisableInstaller(this PersistenceExtensions<SqlPersistence> configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Definition.Installs = false;
    }

    /// <summary>Keeps state apart from the queues, though both may be in one PostgreSQL database: with a connection of its own, and an outbox in between.</summary>
    public static void DoNotUsePostgreSqlTransportConnection(this SqlDialectSettings<SqlDialect.PostgreSql> dialectSettings)
    {
        ArgumentNullException.ThrowIfNull(dialectSettings);
        dialectSettings.SharesTransportConnection = false;
    }

    /// <summary>Keeps state apart from the queues, though both may be in one SQL Server database: with a connection of its own, and an outbox in between.</summary>
    public static void DoNotUseSqlServerTransportConnection(this SqlDialectSettings<SqlDialect.MsSqlServer> dialectSettings)
    {
        ArgumentNullException.ThrowIfNull(dialectSettings);
        dialectSettings.SharesTransportConnection = false;
    }

    /// <summary>Has each parameter that holds JSON changed before it is used. The bus sets its type by itself; only another driver than Npgsql's own would need this.</summary>
    public static void JsonBParameterModifier(this SqlDialectSettings<SqlDialect.PostgreSql> dialectSettings, Action<DbParameter> modifier)
    {
        ArgumentNullException.ThrowIfNull(dialectSettings);
        ArgumentNullException.ThrowIfNull(modifier);
        dialectSettings.ModifyJson = modifier;
    }

    /// <summary>Sets the schema of the tables; <c>public</c> unless set.</summary>
    public static void Schema(this SqlDialectSettings<SqlDialect.PostgreSql> dialectSettings, string schema)
    {
        ArgumentNullException.ThrowIfNull(dialectSettings);
        ArgumentException.ThrowIfNullOrWhiteSpace(schema);
        dialectSettings.SchemaName = schema;
    }

    /// <summary>Sets the schema of the tables; <c>dbo</c> unless set.</summary>
    public static void Schema(this SqlDialectSettings<SqlDialect.MsSqlServer> dialectSettings, string schema)
    {
        ArgumentNullException.ThrowIfNull(dialectSettings);
        ArgumentException.ThrowIfNullOrWhiteSpace(schema);
        dialectSettings.SchemaName = schema;
    }

    /// <summary>Chooses the database server; the answer has its settings.</summary>
    public static SqlDialectSettings<T> SqlDialect<T>(this PersistenceExtensions<SqlPersistence> configuration) where T : SqlDialect, new()
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var settings = new SqlDialectSettings<T>();
        configuration.Definition.Dialect = settings;
        return settings;
    }

    /// <summary>Sets what the names of the endpoint's tables begin with; the endpoint's name and an underscore unless set. It is used as it stands.</summary>
    public static void TablePrefix(this PersistenceExtensions<SqlPersistence> configuration, string tablePrefix)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(tablePrefix);
        configuration.Definition.TablePrefix = tablePrefix;
    }
}
