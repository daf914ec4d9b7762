using System.Linq.Expressions;
using NServiceBus.Sagas;

namespace NServiceBus;

/// <summary>Collects how a saga is found, message by message.</summary>
public interface IConfigureHowToFindSagaWithMessage
{
    /// <summary>Finds the saga whose property equals a property of the message.</summary>
    void ConfigureMapping<TSagaEntity, TMessage>(Expression<Func<TSagaEntity, object?>> sagaEntityProperty, Expression<Func<TMessage, object?>> messageProperty)
        where TSagaEntity : class, IContainSagaData;
}

/// <summary>Collects how a saga is found by a header.</summary>
public interface IConfigureHowToFindSagaWithMessageHeaders
{
    /// <summary>Finds the saga whose property equals a header of the message.</summary>
    void ConfigureMapping<TSagaEntity, TMessage>(Expression<Func<TSagaEntity, object?>> sagaEntityProperty, string headerName)
        where TSagaEntity : class, IContainSagaData;
}

/// <summary>Collects finders of the application.</summary>
public interface IConfigureHowToFindSagaWithFinder
{
    /// <summary>Finds the saga by asking a finder.</summary>
    void ConfigureMapping<TSagaEntity, TMessage, TFinder>() where TSagaEntity : class, IContainSagaData where TFinder : class, ISagaFinder<TSagaEntity, TMessage>;
}

/// <summary>Collects what happens to a message whose saga does not exist.</summary>
public interface IConfigureSagaNotFoundHandler
{
    /// <summary>Sets the handler for messages whose saga does not exist.</summary>
    void ConfigureSagaNotFoundHandler<TNotFoundHandler>() where TNotFoundHandler : ISagaNotFoundHandler;
}

/// <summary>Sees messages that belong to a saga which does not exist, or no longer.</summary>
public interface ISagaNotFoundHandler
{
    /// <summary>Called instead of the saga; the message counts as handled.</summary>
    Task Handle(object message, IMessageProcessingContext context);
}

/// <summary>Says how the messages of a saga find its instance.</summary>
public class SagaPropertyMapper<TSagaData> where TSagaData : class, IContainSagaData
{
    readonly IConfigureHowToFindSagaWithMessage _mappings;

    internal SagaPropertyMapper(IConfigureHowToFindSagaWithMessage mappings) => _mappings = mappings;

    /// <summary>Messages of this type find the saga by asking a finder, which is made for each message.</summary>
    /// <remarks>Whoever finds a saga by finders alone sees to it that two messages do not begin the same one: nothing else makes it unique.</remarks>
    /// <exception cref="ArgumentException">The message is mapped already.</exception>
    public void ConfigureFinderMapping<TMessage, TFinder>() where TFinder : class, ISagaFinder<TSagaData, TMessage> =>
        ((IConfigureHowToFindSagaWithFinder)_mappings).ConfigureMapping<TSagaData, TMessage, TFinder>();

    /// <summary>Sets the handler for messages whose saga does not exist.</summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public void ConfigureNotFoundHandler<TNotFoundHandler>() where TNotFoundHandler : ISagaNotFoundHandler =>
        ((IConfigureSagaNotFoundHandler)_mappings).ConfigureSagaNotFoundHandler<TNotFoundHandler>();

    /// <summary>Names the property by which the saga is known, and which is unique among its instances.</summary>
    public CorrelatedSagaPropertyMapper<TSagaData> MapSaga(Expression<Func<TSagaData, object?>> sagaProperty) => new(_mappings, sagaProperty);
}

/// <summary>Says which property or header of each message equals the saga's property.</summary>
public class CorrelatedSagaPropertyMapper<TSagaData> where TSagaData : class, IContainSagaData
{
    readonly IConfigureHowToFindSagaWithMessage _mappings;
    readonly Expression<Func<TSagaData, object?>> _sagaProperty;

    internal CorrelatedSagaPropertyMapper(IConfigureHowToFindSagaWithMessage mappings, Expression<Func<TSagaData, object?>> sagaProperty)
    {
        _mappings = mappings;
        _sagaProperty = sagaProperty;
    }

    /// <summary>Messages of this type find the saga by a property.</summary>
    public CorrelatedSagaPropertyMapper<TSagaData> ToMessage<TMessage>(Expression<Func<TMessage, object?>> messageProperty)
    {
        _mappings.ConfigureMapping(_sagaProperty, messageProperty);
        return this;
    }

    /// <summary>Messages of this type find the saga by a header.</summary>
    public CorrelatedSagaPropertyMapper<TSagaData> ToMessageHeader<TMessage>(string headerName)
    {
        ((IConfigureHowToFindSagaWithMessageHeaders)_mappings).ConfigureMapping<TSagaData, TMessage>(_sagaProperty, headerName);
        return this;
    }
}
