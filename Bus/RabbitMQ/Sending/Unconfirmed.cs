namespace Dovetail.Bus.RabbitMQ.Sending;

/// <summary>What was published on one channel and is not confirmed yet. The broker numbers publishes from 1 on, one by one, so a number is a place in a ring.</summary>
sealed class Unconfirmed
{
    Departure?[] _ring = new Departure?[256];
    ulong _first = 1;
    ulong _next = 1;

    public int Count { get; private set; }

    /// <summary>The number that the next publish has.</summary>
    public ulong Next => _next;

    public Departure? Oldest => Count == 0 ? null : _ring[Place(_first)];

    public void Add(Departure departure)
    {
        if (_next - _first == (ulong)_ring.Length) Grow();
        _ring[Place(_next++)] = departure;
        Count++;
    }

    /// <param name="upTo">True if all before it are meant too.</param>
    /// <param name="taken">What is left out from now on.</param>
    public void Take(ulong number, bool upTo, List<Departure> taken)
    {
        if (number < _first || number >= _next) return;
        for (var each = upTo ? _first : number; each <= number; each++)
        {
            if (_ring[Place(each)] is not { } departure) continue;
            _ring[Place(each)] = null;
            taken.Add(departure);
            Count--;
        }
        while (_first < _next && _ring[Place(_first)] is null) _first++;
    }

    public Departure? Find(Func<Departure, bool> isWanted)
    {
        for (var each = _first; each < _next; each++)
        {
            if (_ring[Place(each)] is { } departure && isWanted(departure)) return departure;
        }
        return null;
    }

    int Place(ulong number) => (int)(number & (ulong)(_ring.Length - 1));

    void Grow()
    {
        var larger = new Departure?[_ring.Length * 2];
        for (var each = _first; each < _next; each++) larger[each & (ulong)(larger.Length - 1)] = _ring[Place(each)];
        _ring = larger;
    }
}
