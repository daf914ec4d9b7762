namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>Channels on which nothing new is taken, kept until what is in hand on them has come to its end.</summary>
sealed class ChannelsApart(LeaseBook book)
{
    readonly List<ConsumerChannel> _channels = [];

    public void Add(ConsumerChannel channel)
    {
        lock (_channels) _channels.Add(channel);
    }

    /// <summary>Closes those on which nothing is in hand any more, and forgets those that the broker has closed.</summary>
    public Task CloseEmpty() => Close(channel => channel.Lost is not null || book.CountOn(channel) == 0);

    /// <summary>What is still in hand goes back to its queue.</summary>
    public Task CloseAll() => Close(static _ => true);

    async Task Close(Predicate<ConsumerChannel> which)
    {
        List<ConsumerChannel> closing;
        lock (_channels)
        {
            closing = _channels.FindAll(which);
            _channels.RemoveAll(closing.Contains);
        }
        foreach (var channel in closing)
        {
            book.Lose(channel);
            await channel.DisposeAsync();
        }
    }
}
