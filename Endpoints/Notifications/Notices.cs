using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Which notifications went out, by which channel, and which are going out right now.</summary>
sealed class Notices(CommitLane<NotificationsContext> lane, TimeProvider time)
{
    /// <summary>For so long a notice counts as being sent by whoever began it; longer than any channel may take.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    /// <summary>Writes the notice down before it is sent.</summary>
    public Task<(NoticeRow Notice, NoticeTurn Turn)> Begin(
        string notificationId, string orderId, NotificationKind kind, NoticeChannel channel, string messageId, CancellationToken cancellation) => lane.Run(async context =>
    {
        var now = time.GetUtcNow();
        var row = await context.Notices.FindAsync([notificationId], cancellation);
        if (row?.State == NoticeState.Sent)
            return (row, NoticeTurn.Told);
        if (row?.State == NoticeState.Overtaken)
            return (row, NoticeTurn.Overtaken);
        if (row?.LeaseUntil > now)
        {
            throw new InvalidOperationException(
                $"The notification {notificationId} for order {row.OrderId} is being sent by another message, or by a process that was killed a moment ago. " +
                $"Nothing was sent now; the message is tried again. From {row.LeaseUntil:O} on it is sent if it still was not.");
        }

        if (row is null)
            context.Notices.Add(row = new() { NotificationId = notificationId, OrderId = orderId, Kind = kind, MessageId = messageId, FirstTried = now });

        // A lease that ran out is that of a killed process. A chat shows everything that comes twice, a mailbox does not: see NoticeChannel.
        row.MayBeInChat |= row is { LeaseUntil: not null, Channel: NoticeChannel.Telegram };
        row.LeaseUntil = null;
        var turn = channel == NoticeChannel.Telegram && row.MayBeInChat ? NoticeTurn.MayBeTold
            : await IsOldNews(context, orderId, kind, cancellation) ? NoticeTurn.Overtaken
            : NoticeTurn.Send;
        if (turn == NoticeTurn.Overtaken)
            row.State = NoticeState.Overtaken;
        else if (turn == NoticeTurn.Send)
            (row.Channel, row.LeaseUntil) = (channel, now + Lease);
        await context.SaveChangesAsync(cancellation);
        return (row, turn);
    }, cancellation);

    /// <summary>Sent, or free for the next attempt.</summary>
    public Task End(string notificationId, NoticeEnd end) => lane.Run(async context =>
    {
        var row = await context.Notices.SingleAsync(row => row.NotificationId == notificationId);
        row.LeaseUntil = null;
        row.MayBeInChat |= end == NoticeEnd.Unknown && row.Channel == NoticeChannel.Telegram;
        if (end == NoticeEnd.Sent)
            (row.State, row.SentAt) = (NoticeState.Sent, time.GetUtcNow());
        return await context.SaveChangesAsync();
    }, CancellationToken.None);

    /// <summary>Messages may overtake each other: old news after newer news would only mislead. What was amended does not make other news old.</summary>
    static Task<bool> IsOldNews(NotificationsContext context, string orderId, NotificationKind kind, CancellationToken cancellation)
    {
        // Kinds are numbered as things happen, but for an amendment, which comes between confirmation and shipment.
        var before = kind == NotificationKind.OrderAmended ? NotificationKind.OrderConfirmed : kind;
        return context.Notices.AnyAsync(
            other => other.OrderId == orderId && other.Kind > before && other.Kind <= NotificationKind.OrderCancelled, cancellation);
    }
}

/// <summary>What whoever wants to send is to do.</summary>
enum NoticeTurn
{
    /// <summary>Send it now, and say how that ended.</summary>
    Send,

    /// <summary>Nothing: the customer has it.</summary>
    Told,

    /// <summary>Nothing: the customer may have it in the chat, and nobody can find out.</summary>
    MayBeTold,

    /// <summary>Nothing: the customer was told of what came later.</summary>
    Overtaken,
}

/// <summary>How an attempt ended.</summary>
enum NoticeEnd
{
    /// <summary>Nothing went out.</summary>
    NotSent,

    Sent,

    /// <summary>The line broke off before the receipt, or the hub was stopped.</summary>
    Unknown,
}

/// <summary>One row of the table Notices. It holds no address: who got it is a matter of the order.</summary>
sealed class NoticeRow
{
    public required string NotificationId { get; init; }

    public required string OrderId { get; init; }

    public required NotificationKind Kind { get; init; }

    /// <summary>Of the letter. Kept, so that a changed sender's address does not make another letter of it.</summary>
    public required string MessageId { get; init; }

    public NoticeState State { get; set; }

    /// <summary>The channel that was tried last.</summary>
    public NoticeChannel Channel { get; set; }

    /// <summary>Whether an attempt in Telegram ended so that nobody knows; then there is none other there.</summary>
    public bool MayBeInChat { get; set; }

    public required DateTimeOffset FirstTried { get; init; }

    public DateTimeOffset? LeaseUntil { get; set; }

    public DateTimeOffset? SentAt { get; set; }
}

/// <summary>How far a notice is.</summary>
enum NoticeState
{
    /// <summary>It is going out, or went out without a receipt, or failed and is tried again.</summary>
    Sending = 0,

    /// <summary>The channel confirmed that it took it.</summary>
    Sent = 1,

    /// <summary>It is not sent any more: the customer was told of what came later.</summary>
    Overtaken = 2,
}

/// <summary>A way to the customer, and what is done when nobody knows whether something went that way.</summary>
enum NoticeChannel
{
    /// <summary>It is sent again: at least once. Its Message-ID tells mail programs and servers that it is the same.</summary>
    Letter = 0,

    /// <summary>It is not sent there again: at most once. What is urgent goes by letter then.</summary>
    Telegram = 1,
}
