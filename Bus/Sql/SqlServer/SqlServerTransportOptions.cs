namespace NServiceBus.Transport.SqlServer;

/// <summary>How messages wait that are sent for later.</summary>
public class DelayedDeliveryOptions
{
    internal DelayedDeliveryOptions()
    {
    }

    /// <summary>How many at most change from the waiting table into the queue in one step.</summary>
    public int BatchSize
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 100;

    /// <summary>What stands behind the queue's name, and a dot, in the name of the waiting table.</summary>
    public string TableSuffix
    {
        get;
        set
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
        }
    } = "Delayed";
}

/// <summary>Queues in other schemas than the default one.</summary>
public class QueueSchemaAndCatalogOptions
{
    internal QueueSchemaAndCatalogOptions()
    {
    }

    internal Dictionary<string, string> SchemaOfQueues { get; } = new(StringComparer.Ordinal);

    /// <summary>Sets the schema of one queue, whatever an address says.</summary>
    public void UseSchemaForQueue(string queueName, string schema)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(queueName);
        ArgumentException.ThrowIfNullOrWhiteSpace(schema);
        SchemaOfQueues[queueName] = schema;
    }
}

/// <summary>Where subscriptions are kept, and how long one may be believed that another engine may have changed.</summary>
public class SubscriptionOptions
{
    /// <summary>With the defaults.</summary>
    public SubscriptionOptions()
    {
    }

    /// <summary>So long; endpoints of this engine tell each other of changes at once.</summary>
    public TimeSpan CacheInvalidationPeriod
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    } = TimeSpan.FromSeconds(5);

    /// <summary>Asks the database at each publish.</summary>
    public bool DisableCaching { get; set; }

    /// <summary>The table.</summary>
    public SubscriptionTableName SubscriptionTableName { get; set; } = new("SubscriptionRouting");
}

/// <summary>Names the table of subscriptions.</summary>
public class SubscriptionTableName
{
    /// <summary>In the transport's default schema unless another is named.</summary>
    /// <exception cref="ArgumentException">A database is given: subscriptions are where the queues are.</exception>
    public SubscriptionTableName(string table, string? schema = null, string? catalog = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(table);
        if (catalog is not null) throw new ArgumentException($"Subscriptions can't be kept in database '{catalog}': they are where the queues are. Leave the catalog away.", nameof(catalog));
        (Table, Schema) = (table, schema);
    }

    internal string Table { get; }

    internal string? Schema { get; }
}

/// <summary>How often a queue is looked into where nobody tells that something came: messages of other engines.</summary>
public class QueuePeekerOptions
{
    static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    internal QueuePeekerOptions()
    {
    }

    /// <summary>One second unless set.</summary>
    public TimeSpan Delay
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, Shortest);
            field = value;
        }
    } = TimeSpan.FromSeconds(1);

    /// <summary>Has no effect: as many are taken as there is room for.</summary>
    public int? MaxRecordsToPeek { get; set; }
}

/// <summary>Has no effect: what has expired is dropped when its turn comes.</summary>
public class ExpiredMessagesPurgerOptions
{
    internal ExpiredMessagesPurgerOptions()
    {
    }

    /// <summary>Has no effect.</summary>
    public int? PurgeBatchSize { get; set; }

    /// <summary>Has no effect.</summary>
    public bool PurgeOnStartup { get; set; }
}
