using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Database;

/// <summary>Commits together what is written at the same time: a commit costs a wait for the disk, whether it holds one row or a hundred.</summary>
/// <remarks>Creates the tables before the first write. Reads need no lane.</remarks>
sealed class CommitLane<TContext>(IDbContextFactory<TContext> contexts) : IDisposable where TContext : DbContext
{
    readonly Lock _gate = new();
    List<Queued> _waiting = [];
    bool _running;
    bool _hasTables;
    OwnCommits? _own;

    /// <summary>For what is written with every order: by prepared statements, in one commit with what others write to the database meanwhile.</summary>
    /// <remarks>Ends when the write is safe. A write that throws leaves the others of its commit alone, and must not have written before.</remarks>
    /// <param name="about">What of these tables is read and written: nobody else writes about the same meanwhile, in whatever process.</param>
    public async Task<T> Write<T>(string about, Func<PreparedStatements, T> write, CancellationToken cancellation) =>
        await (await Own(cancellation)).Run($"{typeof(TContext).FullName}/{about}", write, cancellation);

    /// <summary>By a prepared statement. Waits for no write.</summary>
    public async Task<T> Read<T>(Func<PreparedStatements, T> read, CancellationToken cancellation) => await (await Own(cancellation)).Read(read, cancellation);

    /// <inheritdoc cref="Read{T}(Func{PreparedStatements, T}, CancellationToken)" />
    public async Task<T> Read<T>(Func<TContext, Task<T>> read, CancellationToken cancellation)
    {
        await Own(cancellation);
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await read(context);
    }

    /// <summary>Ends when the write is safe. A write that throws leaves the others of its commit alone, and must not have written before. One at a time, in all processes.</summary>
    public Task<T> Run<T>(Func<TContext, Task<T>> write, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var result = default(T)!;
        var own = default(Exception);
        var queued = new Queued(
            async context =>
            {
                try
                {
                    result = await write(context);
                }
                catch (Exception failure) when (failure is not (DbException or DbUpdateException))
                {
                    own = failure;
                }
            },
            failure =>
            {
                if ((failure ?? own) is { } reason)
                    done.SetException(reason);
                else
                    done.SetResult(result);
            });

        lock (_gate)
        {
            _waiting.Add(queued);
            if (!_running)
            {
                _running = true;
                _ = Task.Run(CommitAll, CancellationToken.None);
            }
        }

        return done.Task.WaitAsync(cancellation);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _own?.Dispose();
            _own = null;
        }
    }

    async Task<OwnCommits> Own(CancellationToken cancellation)
    {
        if (_own is { } own) return own;
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        await Dialect.Of(context).CreateTables(context, cancellation);
        lock (_gate) return _own ??= OwnCommits.To(context.Database.GetConnectionString()!);
    }

    async Task CommitAll()
    {
        while (true)
        {
            List<Queued> batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _running = false;
                    return;
                }

                (batch, _waiting) = (_waiting, []);
            }

            var failure = await Commit(batch);
            foreach (var write in batch)
                write.End(failure);
        }
    }

    async Task<Exception?> Commit(List<Queued> batch)
    {
        try
        {
            await using var context = await contexts.CreateDbContextAsync();
            if (!_hasTables)
            {
                await Dialect.Of(context).CreateTables(context, CancellationToken.None);
                _hasTables = true;
            }

            using var turn = await Dialect.Of(context).InTurn(context.Database.GetConnectionString()!);
            await using var transaction = await Dialect.Of(context).Begin(context, CancellationToken.None);
            foreach (var write in batch)
            {
                await write.Do(context);
                context.ChangeTracker.Clear();
            }

            await transaction.CommitAsync();
            return null;
        }
        catch (Exception failure)
        {
            // Nothing of this commit was written; each caller gets the reason.
            return failure;
        }
    }

    sealed record Queued(Func<TContext, Task> Do, Action<Exception?> End);
}
