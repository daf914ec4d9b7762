using System.Globalization;
using System.Net;
using Dovetail.Contracts.Notifications.Commands;

namespace Dovetail.Endpoints.Notifications;

/// <summary>What a letter says: subject and paragraphs, and the address of the order's page.</summary>
sealed record LetterWords(string Subject, string Greeting, IReadOnlyList<string> Paragraphs, string Link)
{
    const string LinkText = "See where your order is";
    const string Style = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#222;max-width:36em;margin:auto;padding:1em";
    const string Closing = "Thank you for shopping with us.";

    public string Text => string.Join("\r\n\r\n", [Greeting, .. Paragraphs, $"{LinkText}:\r\n{Link}", Closing]) + "\r\n";

    public string Html
    {
        get
        {
            var paragraphs = string.Concat(Paragraphs.Select(paragraph => $"<p>{Encode(paragraph)}</p>\r\n"));
            return
                $"<!doctype html>\r\n<html lang=\"en\"><body style=\"{Style}\">\r\n" +
                $"<p>{Encode(Greeting)}</p>\r\n{paragraphs}<p><a href=\"{Encode(Link)}\">{LinkText}</a></p>\r\n<p>{Closing}</p>\r\n</body></html>\r\n";
        }
    }

    public static LetterWords For(NotifyCustomer command, Uri publicAddress)
    {
        var name = command.Customer.Name.Trim();
        var (subject, paragraphs) = Words(command.OrderId, command.Kind, command.Details);
        return new(
            subject, name == "" ? "Hello!" : $"Hello {name},", [.. paragraphs.Where(paragraph => paragraph != "")],
            $"{publicAddress.AbsoluteUri.TrimEnd('/')}/track/{Uri.EscapeDataString(command.TrackingId)}");
    }

    static (string Subject, string[] Paragraphs) Words(string orderId, NotificationKind kind, IReadOnlyDictionary<string, string> details) => kind switch
    {
        NotificationKind.OrderConfirmed => ($"We have your order {orderId}",
            [
                $"Good news: your order {orderId} is confirmed, and we are putting it together.",
                Detail("It comes to {0}.", details, "total"),
                "We will write again as soon as it is on its way.",
            ]),
        NotificationKind.OrderShipped => ($"Your order {orderId} is on its way",
            [
                $"Your order {orderId} has left us and is on its way to you.",
                Detail("The carrier's tracking number is {0}.", details, "trackingNumber"),
            ]),
        NotificationKind.OrderDelivered => ($"Your order {orderId} has arrived",
            [
                $"Your order {orderId} has been delivered. We hope you like it!",
                "If anything is not as it should be, just write to us.",
            ]),
        NotificationKind.OrderCancelled => ($"Your order {orderId} is cancelled",
            [
                $"We are sorry: your order {orderId} is cancelled.",
                Detail("The reason: {0}.", details, "reason"),
                "You were not charged, or you have got everything back; depending on your bank it may take a few days until you see it.",
            ]),
        NotificationKind.OrderAmended => ($"Your order {orderId} has changed",
            [
                $"Not everything in your order {orderId} was there, so it has changed.",
                Detail("What has changed: {0}.", details, "changes"),
                Detail("It now comes to {0}.", details, "total"),
            ]),
        _ => throw new InvalidOperationException(
            $"There is no letter for '{kind}' (order {orderId}). Write one in {nameof(LetterWords)}, then retry the message from the error queue."),
    };

    /// <summary>A sentence that is left out when what it tells is not known.</summary>
    static string Detail(string sentence, IReadOnlyDictionary<string, string> details, string name) =>
        details.GetValueOrDefault(name) is { } value && !string.IsNullOrWhiteSpace(value)
            ? string.Format(CultureInfo.InvariantCulture, sentence, value.Trim().TrimEnd('.'))
            : "";

    static string Encode(string text) => WebUtility.HtmlEncode(text);
}
