using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Which notifications went out, and which are going out right now.</summary>
sealed class Letters(IDbContextFactory<LettersContext> contexts, TimeProvider time)
{
    /// <summary>For so long a letter counts as being sent by whoever began it; longer than the mail server may take.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    readonly CommitLane<LettersContext> _lane = new(contexts);

    /// <summary>Writes the letter down before it is sent.</summary>
    /// <returns>The letter; it is to be sent if its state says that it is being sent.</returns>
    public Task<LetterRow> Begin(string notificationId, string orderId, NotificationKind kind, string messageId, CancellationToken cancellation) => _lane.Run(async context =>
    {
        var now = time.GetUtcNow();
        var row = await context.Letters.FindAsync([notificationId], cancellation);
        if (row is { State: not LetterState.Sending })
            return row;
        if (row?.LeaseUntil > now)
        {
            throw new InvalidOperationException(
                $"The letter {notificationId} for order {row.OrderId} is being sent by another message, or by a process that was killed a moment ago. " +
                $"Nothing was sent now; the message is tried again. From {row.LeaseUntil:O} on it is sent if it still was not.");
        }

        if (row is null)
            context.Letters.Add(row = new() { NotificationId = notificationId, OrderId = orderId, Kind = kind, MessageId = messageId, FirstTried = now });

        // Messages may overtake each other, and kinds are numbered as things happen: old news after newer news would only mislead.
        // Only that an order was amended has the last number, and happens between its confirmation and its shipment.
        var amended = NotificationKind.OrderAmended;
        var before = kind == amended ? NotificationKind.OrderConfirmed : kind;
        if (await context.Letters.AnyAsync(other => other.OrderId == orderId && other.Kind > before && other.Kind != amended, cancellation))
            (row.State, row.LeaseUntil) = (LetterState.Overtaken, null);
        else
            row.LeaseUntil = now + Lease;
        await context.SaveChangesAsync(cancellation);
        return row;
    }, cancellation);

    /// <summary>Sent, or free for the next attempt.</summary>
    public Task End(string notificationId, bool sent, CancellationToken cancellation) => _lane.Run(async context =>
    {
        var row = await context.Letters.SingleAsync(row => row.NotificationId == notificationId, cancellation);
        row.LeaseUntil = null;
        if (sent)
            (row.State, row.SentAt) = (LetterState.Sent, time.GetUtcNow());
        return await context.SaveChangesAsync(cancellation);
    }, cancellation);
}

/// <summary>The table behind <see cref="Notifications.Letters"/>.</summary>
sealed class LettersContext(DbContextOptions<LettersContext> options) : DbContext(options)
{
    public DbSet<LetterRow> Letters => Set<LetterRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<LetterRow>(row =>
    {
        row.ToTable("Letters").HasKey(l => l.NotificationId);
        row.HasIndex(l => l.OrderId);
        row.Property(l => l.State).HasConversion<string>();
    });
}

/// <summary>One row of the table Letters. It holds no address: who got it is a matter of the order.</summary>
sealed class LetterRow
{
    public required string NotificationId { get; init; }

    public required string OrderId { get; init; }

    public required NotificationKind Kind { get; init; }

    /// <summary>Kept, so that a changed sender's address does not make another letter of it.</summary>
    public required string MessageId { get; init; }

    public LetterState State { get; set; }

    public required DateTimeOffset FirstTried { get; init; }

    public DateTimeOffset? LeaseUntil { get; set; }

    public DateTimeOffset? SentAt { get; set; }
}

/// <summary>How far a letter is.</summary>
enum LetterState
{
    /// <summary>It is going out, or went out without a receipt, or failed and is tried again.</summary>
    Sending = 0,

    /// <summary>The mail server confirmed that it took it.</summary>
    Sent = 1,

    /// <summary>It is not sent any more: the customer was told of what came later.</summary>
    Overtaken = 2,
}
