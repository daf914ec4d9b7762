namespace NServiceBus;

/// <summary>Marks a handler for source generators. This engine goes by <see cref="MessageHandlerRegistrationExtensions.AddHandler{THandler}"/> alone.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false, Inherited = false)]
public sealed class HandlerAttribute : Attribute;

/// <summary>Marks a saga for source generators. This engine goes by <see cref="SagaRegistrationExtensions.AddSaga{TSaga}"/> alone.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false, Inherited = false)]
public sealed class SagaAttribute : Attribute;
