using System.Globalization;

namespace Dovetail.Endpoints.Tracking.Live;

/// <summary>What a client of a stream has been told, counted by the numbers of an order's history.</summary>
/// <remarks>Entries may be written out of order. A client that comes back names one number only, so that number must mean "this and all before".</remarks>
sealed class Told
{
    readonly HashSet<int> _ahead = [];

    Told(int upTo) => UpTo = upTo;

    /// <summary>This one and all before have been told.</summary>
    public int UpTo { get; private set; }

    /// <param name="lastEventId">What the client says it had last; whatever can't be a number of ours begins at the beginning.</param>
    public static Told Before(string? lastEventId) => new(int.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var upTo) ? upTo : 0);

    public bool Has(int sequence) => sequence <= UpTo || _ahead.Contains(sequence);

    /// <returns>Whether the number may be named as the last one: with a gap before it, coming back would skip the gap.</returns>
    public bool Tell(int sequence)
    {
        _ahead.Add(sequence);
        while (_ahead.Remove(UpTo + 1)) UpTo++;
        return sequence <= UpTo;
    }
}
