namespace Dovetail.Bus.Transport;

/// <summary>The database or the broker can't be reached or is out of room: no fault of the message being handled.</summary>
sealed class StoreAwayException(string what, Exception inner) : InvalidOperationException($"{what}: {inner.Message}", inner);
