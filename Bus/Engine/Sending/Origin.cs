using Dovetail.Bus.Platform;
using Dovetail.Bus.Transport;
using NServiceBus.Extensibility;

namespace Dovetail.Bus.Sending;

/// <summary>What a message is sent because of.</summary>
/// <param name="MessageId">Of the message being handled.</param>
/// <param name="Message">The message itself.</param>
/// <param name="SagaId">Of the saga that handles it, if one does.</param>
/// <param name="Trail">Notes what the saga sends; null where its changes are not audited.</param>
sealed record Cause(string MessageId, IReadOnlyDictionary<string, string> Headers, object? Message = null, Guid? SagaId = null, string? SagaType = null, SagaTrail? Trail = null);

/// <summary>Where a message is sent from.</summary>
/// <param name="Cause">Null from outside a handler.</param>
/// <param name="Gather">Takes what is to leave with a commit; null where everything leaves at once.</param>
/// <param name="Bag">Values that behaviors stored on the way here.</param>
sealed record Origin(Cause? Cause, IServiceProvider Services, CancellationToken Cancellation, Action<OutgoingOperation>? Gather = null, ContextBag? Bag = null);
