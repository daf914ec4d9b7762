namespace Dovetail.Bus.Tests.Conformance;

/// <summary>Says which scenarios of <c>Scenarios.txt</c> a test shows.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class ScenarioAttribute(params int[] numbers) : Attribute
{
    public IReadOnlyList<int> Numbers => numbers;
}

/// <summary>Names the column of docs/conformance.md in which the scenarios of a test class count: the transport and store that it runs on.</summary>
[AttributeUsage(AttributeTargets.Class)]
sealed class RunsOnAttribute(string column) : Attribute
{
    public const string Sqlite = "SQLite";

    /// <summary>The twin where queues and store share a commit.</summary>
    public const string Joined = "in memory, joined";

    /// <summary>The twin where a broker and a store are apart, with an outbox between them.</summary>
    public const string Apart = "in memory, apart";

    /// <summary>Queues and state in one PostgreSQL database.</summary>
    public const string PostgreSql = "PostgreSQL";

    /// <summary>Built and run only against a server that somebody names.</summary>
    public const string SqlServer = "SQL Server";

    /// <summary>State on PostgreSQL, queues elsewhere, an outbox between them.</summary>
    public const string PostgreSqlApart = "PostgreSQL store, apart";

    /// <summary>A real broker, with quorum queues, and a store that is apart from it.</summary>
    public const string RabbitMQ = "RabbitMQ";

    /// <summary>A real broker, and a real server that keeps the state: what production runs on.</summary>
    public const string RabbitMQAndPostgreSql = "RabbitMQ + PostgreSQL";

    public string Column => column;
}
