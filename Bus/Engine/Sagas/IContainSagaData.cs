namespace NServiceBus;

/// <summary>What every saga's state holds.</summary>
public interface IContainSagaData
{
    /// <summary>The saga instance's id.</summary>
    Guid Id { get; set; }

    /// <summary>Id of the message that began the saga.</summary>
    string? OriginalMessageId { get; set; }

    /// <summary>Reply address of the message that began the saga.</summary>
    string? Originator { get; set; }
}

/// <summary>A base for saga state, with what every saga's state holds.</summary>
public abstract class ContainSagaData : IContainSagaData
{
    /// <inheritdoc />
    public virtual Guid Id { get; set; }

    /// <inheritdoc />
    public virtual string? Originator { get; set; }

    /// <inheritdoc />
    public virtual string? OriginalMessageId { get; set; }
}
