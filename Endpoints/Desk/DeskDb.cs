using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Desk;

/// <summary>The tasks of people as their events tell them, for reading; and the keyed requests that were taken on.</summary>
sealed class DeskDb(DbContextOptions<DeskDb> options) : DbContext(options)
{
    public DbSet<TaskRow> Tasks => Set<TaskRow>();

    public DbSet<EntryRow> Entries => Set<EntryRow>();

    public DbSet<RequestRow> Requests => Set<RequestRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<TaskRow>(task =>
        {
            task.ToTable("DeskTasks").HasKey(row => row.Id);
            task.HasIndex(row => new { row.State, row.Due, row.Id });
            task.HasIndex(row => new { row.State, row.OpenedAt, row.Id });
        });
        modelBuilder.Entity<EntryRow>(entry =>
        {
            entry.ToTable("DeskEntries").HasKey(row => row.Number);
            entry.HasIndex(row => new { row.Id, row.Sequence }).IsUnique();
        });
        modelBuilder.Entity<RequestRow>(request =>
        {
            request.ToTable("DeskRequests").HasKey(row => new { row.Client, row.Endpoint, row.Key });
            request.HasIndex(row => row.At);
        });
    }
}

/// <summary>A task and where it stands. Personal data is in <see cref="Contact"/> alone.</summary>
sealed class TaskRow
{
    /// <summary>The task's id as it stands in addresses: see <see cref="TaskIds"/>.</summary>
    public required string Id { get; init; }

    public required string OrderId { get; init; }

    /// <summary>When it was opened. Null, like all up to the limit, until that event has come: others may overtake it.</summary>
    public DateTimeOffset? OpenedAt { get; init; }

    public string? Kind { get; init; }

    public string? Question { get; init; }

    /// <summary>All lines of the order, as JSON; null for a call, like the next three.</summary>
    public string? Lines { get; init; }

    /// <summary>Ids of those to decide on, as JSON.</summary>
    public string? Missing { get; init; }

    public decimal? AgreedTotal { get; init; }

    public string? Currency { get; init; }

    /// <summary>Whom to call and where, as JSON; for calls, and only until they have ended.</summary>
    public string? Contact { get; init; }

    /// <summary>When the hub decides by itself.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The highest event seen; all that follows is from it.</summary>
    public int Sequence { get; init; }

    /// <summary>One of <see cref="States"/>.</summary>
    public required string State { get; init; }

    public required string Queue { get; init; }

    public string? Claimant { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    /// <summary>What lists are ordered by: the deadline, or when the task ended.</summary>
    public DateTimeOffset Due { get; init; }

    /// <summary>How it ended, in a word and in words; null while it has not.</summary>
    public string? Outcome { get; init; }

    public string? How { get; init; }
}

/// <summary>One thing that happened to a task.</summary>
sealed class EntryRow
{
    /// <summary>Counts the entries of all tasks in the order in which they were written.</summary>
    public long Number { get; init; }

    public required string Id { get; init; }

    public int Sequence { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="Writing.Kinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Who did it, or whose wish was refused; null for what nobody did.</summary>
    public string? By { get; init; }

    public required string Text { get; init; }

    /// <summary>Of which of somebody's answers it tells; null for all else.</summary>
    public string? AnswerId { get; init; }
}

/// <summary>A keyed request that was sent on. Its answer is not kept: it follows from what happened to the task since.</summary>
sealed class RequestRow
{
    public required string Client { get; init; }

    public required string Endpoint { get; init; }

    public required string Key { get; init; }

    /// <summary>Hash of the request that the key stands for.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The highest event of the task when the request came.</summary>
    public int After { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>The words of the public API for who has a task.</summary>
static class States
{
    public const string Open = "open";
    public const string Claimed = "claimed";
    public const string Ended = "ended";
}

/// <summary>The words of the public API for what a person is to do.</summary>
static class TaskKinds
{
    public const string Substitution = "substitution";
    public const string Call = "call";
    public const string Other = "other";
}

/// <summary>A task's id contains slashes, which paths can't: there they are dots.</summary>
static class TaskIds
{
    public static string Public(string taskId) => taskId.Replace('/', '.');

    public static string OnTheBus(string id) => id.Replace('.', '/');
}
