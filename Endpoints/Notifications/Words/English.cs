using Dovetail.Contracts.Notifications.Commands;

namespace Dovetail.Endpoints.Notifications.Words;

sealed class English : ILanguage
{
    public string Code => "en";

    public string LinkText => "See where your order is";

    public string Closing => "Thank you for shopping with us.";

    public string Greeting(string name) => name == "" ? "Hello!" : $"Hello {name},";

    public string InChat(ChatAnswer answer) => answer switch
    {
        ChatAnswer.Linked => "From now on you hear of your orders here. Send /stop to end that.",
        ChatAnswer.LinkNotGood => "This link was used before, or is too old. Please ask for a new one in the shop.",
        ChatAnswer.Stopped => "You hear nothing here any more; we write to you by e-mail.",
        _ => "To hear of your orders here, open the link that the shop shows in your account.",
    };

    public (string Subject, string[] Paragraphs) Of(News news) => news.Kind switch
    {
        NotificationKind.OrderConfirmed => ($"We have your order {news.OrderId}",
            [
                $"Good news: your order {news.OrderId} is confirmed, and we are putting it together.",
                news.With("It comes to {0}.", "total", Amounts.InEnglish),
                "We will write again as soon as it is on its way.",
            ]),
        NotificationKind.OrderAmended => ($"Your order {news.OrderId} has changed",
            [
                $"Not everything in your order {news.OrderId} was there, so it has changed.",
                news.With("What has changed: {0}.", "changes"),
                news.With("It now comes to {0}.", "total", Amounts.InEnglish),
            ]),
        NotificationKind.OrderShipped => ($"Your order {news.OrderId} is on its way",
            [
                $"Your order {news.OrderId} has left us and is on its way to you.",
                news.With("The carrier's tracking number is {0}.", "trackingNumber"),
            ]),
        NotificationKind.OrderDelivered => ($"Your order {news.OrderId} has arrived",
            [
                $"Your order {news.OrderId} has been delivered. We hope you like it!",
                "If anything is not as it should be, just write to us.",
            ]),
        NotificationKind.OrderCancelled => ($"Your order {news.OrderId} is cancelled",
            [
                $"We are sorry: your order {news.OrderId} is cancelled.",
                news.With("The reason: {0}.", "reason"),
                "You were not charged, or you have got everything back; depending on your bank it may take a few days until you see it.",
            ]),
        NotificationKind.PartRefunded => ($"Money back for your order {news.OrderId}",
            [
                news.With("We have paid {0} back to you.", "amount", Amounts.InEnglish),
                news.With("The reason: {0}.", "reason"),
                $"Everything else about your order {news.OrderId} stays as it is. Depending on your bank it may take a few days until you see the money.",
            ]),
        NotificationKind.Offer => (news.With("{0}", "title"),
            [
                news.Details.GetValueOrDefault("text", ""),
                "You get this because you agreed to hear of our offers. You can take that back in our shop at any time.",
            ]),
        _ => throw news.Unknown("English"),
    };
}
