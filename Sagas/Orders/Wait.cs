namespace Dovetail.Sagas.Orders;

/// <summary>How long an answer has been waited for already.</summary>
sealed record Wait(int Attempt, DateTimeOffset Deadline, DateTimeOffset? Limit);
