using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Desk.Reading;

/// <summary>Looks tasks up. One whose opening has not come yet is not shown: nobody could decide on it.</summary>
sealed class DeskTasks(IDbContextFactory<DeskDb> contexts)
{
    /// <summary>The subject of signals that are about any task.</summary>
    public const string All = "";

    /// <summary>The task with all that happened to it, from the beginning.</summary>
    public async Task<(TaskRow Task, IReadOnlyList<EntryRow> Entries)?> Find(string id, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);

        // The entries first: what is written in between shows in the task, and never the other way round.
        var entries = await context.Entries.AsNoTracking().Where(row => row.Id == id).OrderBy(row => row.Sequence).ToListAsync(cancellation);
        return await context.Tasks.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id && row.OpenedAt != null, cancellation) is { } task ? (task, entries) : null;
    }

    /// <summary>One page of a list and whether there is more after it.</summary>
    public async Task<(IReadOnlyList<TaskRow> Rows, bool HasMore)> List(TaskFilter filter, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        var rows = context.Tasks.AsNoTracking().Where(row => row.OpenedAt != null && filter.States.Contains(row.State));
        if (filter.Queue is { } queue) rows = rows.Where(row => row.Queue == queue);
        if (filter.OrderId is { } order) rows = rows.Where(row => row.OrderId == order);

        var page = await After(rows, filter).Take(filter.Limit + 1).ToListAsync(cancellation);
        return ([.. page.Take(filter.Limit)], page.Count > filter.Limit);
    }

    public async Task<int> Count(IReadOnlyCollection<string> states, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.Tasks.CountAsync(row => row.OpenedAt != null && states.Contains(row.State), cancellation);
    }

    /// <summary>The number of the last entry of all.</summary>
    public async Task<long> LastNumber(CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.Entries.MaxAsync(row => (long?)row.Number, cancellation) ?? 0;
    }

    /// <summary>What was written after an entry: each task once, as it stands now, with the number of its latest entry.</summary>
    public async Task<IReadOnlyList<(TaskRow Task, long Number)>> Changed(long after, int most, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        var entries = await context.Entries.AsNoTracking().Where(row => row.Number > after).OrderBy(row => row.Number).Take(most).Select(row => new { row.Id, row.Number }).ToListAsync(cancellation);
        var latest = entries.GroupBy(entry => entry.Id).ToDictionary(group => group.Key, group => group.Max(entry => entry.Number));
        var tasks = await context.Tasks.AsNoTracking().Where(row => latest.Keys.Contains(row.Id)).ToListAsync(cancellation);
        return [.. tasks.Select(task => (task, latest[task.Id])).OrderBy(changed => changed.Item2)];
    }

    static IQueryable<TaskRow> After(IQueryable<TaskRow> rows, TaskFilter filter)
    {
        if (filter.NewestFirst)
        {
            if (filter.After is var (opened, last))
                rows = rows.Where(row => row.OpenedAt < opened || (row.OpenedAt == opened && row.Id.CompareTo(last) < 0));
            return rows.OrderByDescending(row => row.OpenedAt).ThenByDescending(row => row.Id);
        }

        if (filter.After is var (due, id))
            rows = rows.Where(row => row.Due > due || (row.Due == due && row.Id.CompareTo(id) > 0));
        return rows.OrderBy(row => row.Due).ThenBy(row => row.Id);
    }
}

/// <summary>Which tasks a list shows, and in which order.</summary>
/// <param name="NewestFirst">Otherwise first the one whose time is up first.</param>
/// <param name="After">The last of the page before.</param>
sealed record TaskFilter(
    IReadOnlyList<string> States, string? Queue = null, string? OrderId = null, bool NewestFirst = false, int Limit = TaskFilter.UsualLimit, (DateTimeOffset At, string Id)? After = null)
{
    public const int UsualLimit = 50;
    public const int MostLimit = 200;

    /// <summary>What waits for a person.</summary>
    public static readonly IReadOnlyList<string> Waiting = [Desk.States.Open, Desk.States.Claimed];
}
