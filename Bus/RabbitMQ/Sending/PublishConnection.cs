using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.Transport;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Sending;

/// <summary>The connection that an endpoint publishes on, and asks by; opened when it is first needed, and again when it was lost.</summary>
sealed class PublishConnection(BrokerConnections connections, string endpoint) : IAsyncDisposable
{
    readonly SemaphoreSlim _turn = new(1);
    IConnection? _connection;

    /// <summary>True while the broker takes nothing, for want of memory or disk.</summary>
    public bool IsBlocked { get; private set; }

    /// <exception cref="StoreAwayException">The broker can't be reached.</exception>
    public async ValueTask<IConnection> Get(CancellationToken cancellation)
    {
        if (_connection is { IsOpen: true } open) return open;
        await _turn.WaitAsync(cancellation);
        try
        {
            if (_connection is { IsOpen: true } opened) return opened;
            if (_connection is not null) await _connection.DisposeAsync();
            _connection = await connections.Open($"{endpoint} Publish", cancellation);
            IsBlocked = false;
            _connection.ConnectionBlockedAsync += (_, _) => Note(blocked: true);
            _connection.ConnectionUnblockedAsync += (_, _) => Note(blocked: false);
            return _connection;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Does something on a channel of its own: what the broker does not like closes the channel, and must hit nobody else.</summary>
    /// <exception cref="StoreAwayException">The broker can't be reached.</exception>
    public async Task<T> Use<T>(Func<IChannel, Task<T>> work, CancellationToken cancellation)
    {
        var connection = await Get(cancellation);
        try
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
            return await work(channel);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && BrokerErrors.IsAway(failure))
        {
            throw new StoreAwayException("RabbitMQ was lost while it was asked", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
    }

    Task Note(bool blocked)
    {
        IsBlocked = blocked;
        return Task.CompletedTask;
    }
}
