using System.Text.Json.Serialization;
using Dovetail.Contracts.Notifications.Commands;
using NServiceBus;

namespace Dovetail.Sagas.Notifications;

/// <summary>All that is remembered of a notification until the customer has it. It ends with the saga, and the personal data with it.</summary>
sealed class NotificationState : ContainSagaData
{
    public string NotificationId { get; set; } = "";

    /// <summary>As it was asked for, with as much of the customer as a channel needs.</summary>
    public AskedNotification Notification { get; set; } = null!;

    public string? Language { get; set; }

    public NotificationStep Step { get; set; }

    /// <summary>The channel that is being tried.</summary>
    public Channel Channel { get; set; }

    /// <summary>Channels that are still to be tried.</summary>
    public List<Channel> Left { get; set; } = [];

    /// <summary>How often the question that is out was asked.</summary>
    public int Attempt { get; set; }

    /// <summary>The channel asked to be left alone until the deadline: what follows is no repetition.</summary>
    public bool IsPostponed { get; set; }

    /// <summary>When the saga acts if nobody has.</summary>
    public DateTimeOffset Deadline { get; set; }

    /// <summary>When it gives up.</summary>
    public DateTimeOffset Limit { get; set; }

    /// <summary>When the alarm rings that was set last.</summary>
    public DateTimeOffset? AlarmAt { get; set; }

    /// <summary>What the channels said.</summary>
    public List<string> Refusals { get; set; } = [];

    /// <summary>Why somebody is to call.</summary>
    public string WhyCall { get; set; } = "";

    public void Begin(NotifyCustomer notification)
    {
        NotificationId = notification.NotificationId;
        var customer = notification.Customer with { LoyaltyCard = null };
        Notification = AskedNotification.Of(notification, Manners.MayCall(notification.Kind) ? customer : customer with { Phone = "" });
    }
}

/// <summary>What a notification waits for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NotificationStep>))]
enum NotificationStep
{
    NotBegun,

    /// <summary>Notifications is to say how the customer wishes to be told.</summary>
    LookUp,

    /// <summary>The customer's quiet hours are to end.</summary>
    Wait,

    /// <summary>Notifications is to send it by the channel that is being tried.</summary>
    Send,

    /// <summary>No channel is left: people are to call.</summary>
    Call,

    /// <summary>The end: the customer has it, or may have it and it is an offer.</summary>
    Told,

    /// <summary>The end: the customer is not to hear it, or not any more.</summary>
    Withheld,

    /// <summary>The end: no channel leads to the customer, and no call did.</summary>
    NotReached,
}

/// <summary>A way to the customer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Channel>))]
enum Channel
{
    Letter,
    Telegram,
}
