using System.Globalization;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Endpoints.Database;

namespace Dovetail.Endpoints.Notifications;

/// <summary>Which notifications went out, by which channel, and which are going out right now.</summary>
sealed class Notices(CommitLane<NotificationsContext> lane, TimeProvider time)
{
    /// <summary>For so long a notice counts as being sent by whoever began it; longer than any channel may take.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    static readonly NotificationKind[] AsThingsHappen =
    [
        NotificationKind.OrderConfirmed, NotificationKind.OrderAmended, NotificationKind.OrderShipped, NotificationKind.OrderDelivered, NotificationKind.OrderCancelled,
    ];

    /// <summary>Writes the notice down before it is sent.</summary>
    public Task<(NoticeRow Notice, NoticeTurn Turn)> Begin(
        string notificationId, string orderId, NotificationKind kind, NoticeChannel channel, string messageId, CancellationToken cancellation) => lane.Write(orderId, db =>
    {
        var now = time.GetUtcNow();
        var row = Find(db, notificationId);
        if (row?.State == NoticeState.Sent)
            return (row, NoticeTurn.Told);
        if (row?.State == NoticeState.Overtaken)
            return (row, NoticeTurn.Overtaken);
        if (row?.LeaseUntil > now)
        {
            throw new BeingSentException(
                $"The notification {notificationId} for order {row.OrderId} is being sent by another message, or by a process that was killed a moment ago. " +
                $"Nothing was sent now; the message is tried again. From {row.LeaseUntil:O} on it is sent if it still was not.", row.LeaseUntil.Value - now);
        }

        row ??= new() { NotificationId = notificationId, OrderId = orderId, Kind = kind, MessageId = messageId, FirstTried = now };

        // A lease that ran out is that of a killed process. A chat shows everything that comes twice, a mailbox does not: see NoticeChannel.
        row.MayBeInChat |= row is { LeaseUntil: not null, Channel: NoticeChannel.Telegram };
        row.LeaseUntil = null;
        var turn = channel == NoticeChannel.Telegram && row.MayBeInChat ? NoticeTurn.MayBeTold
            : IsOldNews(db, notificationId, orderId, kind) ? NoticeTurn.Overtaken
            : NoticeTurn.Send;
        if (turn == NoticeTurn.Overtaken)
            row.State = NoticeState.Overtaken;
        else if (turn == NoticeTurn.Send)
            (row.Channel, row.LeaseUntil) = (channel, now + Lease);
        Save(db, row);
        return (row, turn);
    }, cancellation);

    /// <summary>Sent, or free for the next attempt.</summary>
    public Task End(NoticeRow notice, NoticeEnd end) => lane.Write(notice.OrderId, db =>
    {
        var row = Find(db, notice.NotificationId)!;
        row.LeaseUntil = null;
        row.MayBeInChat |= end == NoticeEnd.Unknown && row.Channel == NoticeChannel.Telegram;
        if (end == NoticeEnd.Sent)
            (row.State, row.SentAt) = (NoticeState.Sent, time.GetUtcNow());
        return Save(db, row);
    }, CancellationToken.None);

    static NoticeRow? Find(PreparedStatements db, string notificationId) => db.Query(
        $"SELECT NotificationId, OrderId, Kind, MessageId, State, Channel, MayBeInChat, FirstTried, LeaseUntil, SentAt FROM Notices WHERE NotificationId = {notificationId}",
        row => new NoticeRow
        {
            NotificationId = row.GetString(0),
            OrderId = row.GetString(1),
            Kind = (NotificationKind)row.GetInt32(2),
            MessageId = row.GetString(3),
            State = Enum.Parse<NoticeState>(row.GetString(4)),
            Channel = Enum.Parse<NoticeChannel>(row.GetString(5)),
            MayBeInChat = row.GetBoolean(6),
            FirstTried = new(row.GetInt64(7), TimeSpan.Zero),
            LeaseUntil = row.IsDBNull(8) ? null : new(row.GetInt64(8), TimeSpan.Zero),
            SentAt = row.IsDBNull(9) ? null : new(row.GetInt64(9), TimeSpan.Zero),
        }).SingleOrDefault();

    static int Save(PreparedStatements db, NoticeRow row) => db.Execute(
        $"""
        INSERT INTO Notices (NotificationId, OrderId, Kind, MessageId, State, Channel, MayBeInChat, FirstTried, LeaseUntil, SentAt)
        VALUES ({row.NotificationId}, {row.OrderId}, {(int)row.Kind}, {row.MessageId}, {row.State.ToString()}, {row.Channel.ToString()}, {row.MayBeInChat},
            {row.FirstTried}, {row.LeaseUntil}, {row.SentAt})
        ON CONFLICT (NotificationId) DO UPDATE SET
            State = excluded.State, Channel = excluded.Channel, MayBeInChat = excluded.MayBeInChat, LeaseUntil = excluded.LeaseUntil, SentAt = excluded.SentAt
        """);

    /// <summary>Messages may overtake each other: old news after newer news would only mislead.</summary>
    static bool IsOldNews(PreparedStatements db, string notificationId, string orderId, NotificationKind kind)
    {
        // An offer is no news of an order.
        if (!AsThingsHappen.Contains(kind))
            return false;
        return db.Query($"SELECT NotificationId, Kind FROM Notices WHERE OrderId = {orderId}", row => (Id: row.GetString(0), Kind: (NotificationKind)row.GetInt32(1)))
            .Any(other => other.Kind == kind
                ? kind == NotificationKind.OrderAmended && NumberOf(other.Id) > NumberOf(notificationId)
                : Array.IndexOf(AsThingsHappen, other.Kind) > Array.IndexOf(AsThingsHappen, kind));
    }

    /// <summary>An order may be amended more than once: A-1/letter-OrderAmended/2.</summary>
    static int NumberOf(string notificationId) =>
        int.TryParse(notificationId.AsSpan(notificationId.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
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

    /// <summary>It is not sent there again: at most once. What belongs to an order goes by letter then.</summary>
    Telegram = 1,
}
