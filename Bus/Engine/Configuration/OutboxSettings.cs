using Dovetail.Bus.Outbox;

namespace NServiceBus.Outbox
{
    /// <summary>How the outbox keeps what it knows; each persistence adds its own settings.</summary>
    public class OutboxSettings
    {
        internal OutboxSettings(OutboxPolicy policy) => Policy = policy;

        internal OutboxPolicy Policy { get; }
    }
}

namespace NServiceBus
{
    /// <summary>Recognizing messages that were handled before.</summary>
    public static class OutboxConfigExtensions
    {
        /// <summary>Remembers which messages were handled: a copy that comes later, under the same id, calls no handler again.</summary>
        public static Outbox.OutboxSettings EnableOutbox(this EndpointConfiguration config)
        {
            config.Settings.Outbox.Enabled = true;
            return new Outbox.OutboxSettings(config.Settings.Outbox);
        }
    }
}
