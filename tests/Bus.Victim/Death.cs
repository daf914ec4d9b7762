using System.Globalization;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Victim;

/// <summary>Tells the parent when the moment is there that it asked for, and holds the thread right at it until the parent kills the process.</summary>
sealed class Death(Ledger ledger)
{
    Order? _order;

    public bool Struck { get; private set; }

    /// <param name="order">A moment, how often it is to come, and "stop" to be held up there or "go" to be killed somewhere behind it.</param>
    public void Await(string order)
    {
        if (order.Split(' ') is [var moment, var times, var manner])
            _order = new Order(Enum.Parse<Moment>(moment), manner == "stop") { Left = int.Parse(times, CultureInfo.InvariantCulture) };
    }

    public void Reached(Moment moment, ReceivedMessage? message)
    {
        if (moment == Moment.Committed) ledger.Committed(message!.Queue, message.Headers[Headers.MessageId]);
        if (_order is not { } order || order.Moment != moment || Interlocked.Decrement(ref order.Left) != 0) return;

        Struck = order.Stops;
        Console.WriteLine("reached");
        if (order.Stops) new TaskCompletionSource().Task.Wait();
    }

    sealed record Order(Moment Moment, bool Stops)
    {
        public int Left;
    }
}
