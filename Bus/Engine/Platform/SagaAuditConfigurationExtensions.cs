using Dovetail.Bus.Platform;

namespace NServiceBus
{
    /// <summary>Changes of sagas for the platform.</summary>
    public static class SagaAuditConfigurationExtensions
    {
        /// <summary>Has each change of a saga told, with the state after it and the messages sent: as a rule to the audit queue.</summary>
        /// <param name="customSagaEntitySerialization">What is to be told of a state, for one that holds secrets, or that can't be written as JSON.</param>
        public static void AuditSagaStateChanges(this EndpointConfiguration config, string serviceControlQueue, Func<object, Dictionary<string, string>>? customSagaEntitySerialization = null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(serviceControlQueue);
            config.Settings.Platform.SagaAudit = new SagaAuditSettings(serviceControlQueue, customSagaEntitySerialization);
        }
    }
}

namespace Dovetail.Bus.Platform
{
    sealed record SagaAuditSettings(string Queue, Func<object, Dictionary<string, string>>? Write);
}
