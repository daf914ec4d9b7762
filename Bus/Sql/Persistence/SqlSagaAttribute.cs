namespace NServiceBus.Persistence.Sql;

/// <summary>Names the table of a saga in another way than by its class, as the tables of an installation that is taken over may be named.</summary>
/// <param name="correlationProperty">The state's property by which messages find the saga. What its mapping says counts; an endpoint where this says something else does not start.</param>
/// <param name="transitionalCorrelationProperty">A second such property, on the way from one to another. This engine keeps one: an endpoint that names a second does not start.</param>
/// <param name="tableSuffix">What follows the prefix in the table's name; the name of the class if left out.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SqlSagaAttribute(string? correlationProperty = null, string? transitionalCorrelationProperty = null, string? tableSuffix = null) : Attribute
{
    /// <summary>The state's property by which messages find the saga; null if only its mapping says so.</summary>
    public string? CorrelationProperty { get; } = correlationProperty;

    /// <summary>What follows the prefix in the table's name; null for the name of the class.</summary>
    public string? TableSuffix { get; } = tableSuffix;

    /// <summary>A second property by which messages find the saga; null for none.</summary>
    public string? TransitionalCorrelationProperty { get; } = transitionalCorrelationProperty;
}
