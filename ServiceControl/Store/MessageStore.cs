using Microsoft.EntityFrameworkCore;

namespace Dovetail.ServiceControl.Store;

/// <summary>The way to the database: many readers, and one writer at a time.</summary>
sealed class MessageStore(IDbContextFactory<StoreContext> contexts) : IDisposable
{
    // The database has one writer: waiting here is cheaper than waiting there, where a connection is held, and with SQLite a thread.
    readonly SemaphoreSlim _writer = new(1);

    /// <summary>Creates the database's tables where they are missing.</summary>
    public async Task Create(CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        await context.Create(cancellation);
    }

    public async Task<T> Read<T>(Func<StoreContext, Task<T>> read, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return await read(context);
    }

    /// <summary>One transaction: what <paramref name="write"/> changed is saved when it returns, and nothing of it when it throws.</summary>
    public async Task<T> Write<T>(Func<StoreContext, Task<T>> write, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            await using var context = await contexts.CreateDbContextAsync(cancellation);
            await using var transaction = await context.BeginWriting(cancellation);
            var result = await write(context);
            await context.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    public Task Write(Func<StoreContext, Task> write, CancellationToken cancellation) => Write(
        async context =>
        {
            await write(context);
            return true;
        },
        cancellation);

    public void Dispose() => _writer.Dispose();
}
