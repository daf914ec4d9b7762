namespace Dovetail.Bus.Sending;

/// <summary>Marks a reply that goes to whoever began the saga: it correlates with that message and not with the one being handled.</summary>
sealed record AnswerToOriginator(string? OriginalMessageId);
