using NServiceBus.Persistence;

namespace Dovetail.Bus.Testing.Kit;

/// <summary>A session for handlers that only pass it on.</summary>
sealed class NoStore : ISynchronizedStorageSession;
