using System.Collections.Concurrent;
using Dovetail.Bus.Transport;
using Dovetail.Bus.Watching;

namespace Dovetail.Bus.Receiving;

/// <summary>The messages of one queue that are being handled, and room for so many more.</summary>
sealed class Hand(int size, TimeProvider time) : IDisposable
{
    readonly Slots _slots = new(size);
    readonly ConcurrentDictionary<InHand, bool> _messages = new();
    Room? _room;
    int _count;

    /// <summary>Called when the first message comes into an empty hand, and when the last is gone.</summary>
    public Action Changed { get; set; } = static () => { };

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<InHand> Messages => [.. _messages.Keys.OrderBy(message => message.Since)];

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Waits until there is room, and keeps all of it.</summary>
    public async Task<Room> MakeRoom(CancellationToken cancellation)
    {
        await _slots.Take(cancellation);
        var room = 1;
        while (room < size && _slots.TryTake()) room++;
        return _room = new Room(this, room);
    }

    /// <summary>Takes back the room that a loop keeps which hangs: what that one may bring later finds no place.</summary>
    public void TakeBackRoom() => _room?.Dispose();

    public void Free(InHand message)
    {
        _messages.TryRemove(message, out _);
        if (Interlocked.Decrement(ref _count) == 0) Changed();
        _slots.Release();
    }

    /// <summary>Another message takes the place of one that was dealt with.</summary>
    public void Exchange(InHand message, ReceivedMessage next) => message.Exchange(next, time.GetUtcNow());

    /// <summary>Waits until nothing is in hand; then there is no room any more.</summary>
    public async Task Emptied()
    {
        for (var slot = 0; slot < size; slot++) await _slots.Take(CancellationToken.None);
    }

    public void Dispose() => _slots.Dispose();

    InHand Add(ReceivedMessage message)
    {
        var inHand = new InHand(message, time.GetUtcNow());
        _messages.TryAdd(inHand, true);
        if (Interlocked.Increment(ref _count) == 1) Changed();
        return inHand;
    }

    /// <summary>Places for messages that are about to be taken; those left over are free again when it is disposed.</summary>
    internal sealed class Room(Hand hand, int places) : IDisposable
    {
        int _left = places;

        public int Size { get; } = places;

        /// <returns>Null if the room was taken back.</returns>
        public InHand? Fill(ReceivedMessage message)
        {
            // Below zero once the room was taken back.
            return Interlocked.Decrement(ref _left) < 0 ? null : hand.Add(message);
        }

        public void Dispose()
        {
            var left = Interlocked.Exchange(ref _left, 0);
            if (left > 0) hand._slots.Release(left);
        }
    }
}
