using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Endpoints.Notifications;
using Dovetail.Endpoints.Sandbox.Mail;

namespace Dovetail.Endpoints.Tests.Notifications;

[TestClass]
public sealed class LetterTests
{
    static readonly Uri Page = new("https://shop.example/orders/");

    [TestMethod]
    [DataRow("OrderConfirmed", "total", "4990.00 RUB", "It comes to 4990.00 RUB.")]
    [DataRow("OrderShipped", "trackingNumber", "10248", "The carrier's tracking number is 10248.")]
    [DataRow("OrderCancelled", "reason", "the goods are gone.", "The reason: the goods are gone.")]
    public void Tells_what_is_known_and_leaves_out_what_is_not(string kind, string name, string value, string sentence)
    {
        var command = Command(Enum.Parse<NotificationKind>(kind), (name, value));

        var with = LetterWords.For(command, Page);
        var without = LetterWords.For(command with { Details = new Dictionary<string, string>() }, Page);

        Assert.Contains("A-1", with.Subject);
        Assert.Contains(sentence, with.Text);
        Assert.DoesNotContain(sentence[..8], without.Text);
        Assert.DoesNotContain("{0}", without.Text);
        Assert.AreEqual("https://shop.example/orders/track/t%2F1", with.Link);
        Assert.AreEqual(with.Paragraphs.Count - 1, without.Paragraphs.Count);
    }

    [TestMethod]
    public void Text_of_others_stays_text_in_the_HTML_form()
    {
        var words = LetterWords.For(Command(NotificationKind.OrderCancelled, ("reason", "<img src=x>")), Page);

        Assert.Contains("Hello Zoë &lt;3,".Replace("ë", "&#235;", StringComparison.Ordinal), words.Html);
        Assert.Contains("&lt;img src=x&gt;", words.Html);
        Assert.Contains("Hello Zoë <3,", words.Text);
    }

    [TestMethod]
    [DataRow("A-1/letter-OrderShipped", "<A-1/letter-OrderShipped@shop.example>")]
    [DataRow("№ 1..2>", "<=2116=201=2E=2E2=3E@shop.example>")]
    public void Its_id_follows_from_the_notification(string notification, string expected) =>
        Assert.AreEqual(expected, Letter.MessageIdOf(notification, "orders@shop.example"));

    [TestMethod]
    public void Long_subjects_and_names_of_any_script_arrive_as_they_are()
    {
        var subject = string.Concat(Enumerable.Repeat("Заказ 🎁 в пути ", 12));
        var words = new LetterWords(subject, "Hello!", ["Один"], "https://shop.example/track/1");
        var letter = new Letter("<1@shop.example>", DateTimeOffset.UnixEpoch, "zoe@customers.example", words);

        var mime = letter.ToMime("orders@shop.example", "Магазин");

        var read = MailLetter.Read("orders@shop.example", "zoe@customers.example", mime);
        Assert.AreEqual(subject, read.Subject);
        Assert.Contains("Один", read.Text);
        Assert.IsTrue(mime.All(char.IsAscii));
        Assert.IsTrue(mime.Split("\r\n").All(line => line.Length <= 78));
        Assert.AreEqual(mime, letter.ToMime("orders@shop.example", "Магазин"));
    }

    [TestMethod]
    [DataRow(".\r\na.b\r\n..c\r\n", "..\r\na.b\r\n...c\r\n")]
    public void A_dot_at_the_start_of_a_line_does_not_end_the_letter(string mime, string sent) => Assert.AreEqual(sent, SmtpConversation.Stuffed(mime));

    static NotifyCustomer Command(NotificationKind kind, (string Name, string Value) detail) => new(
        "A-1", "A-1/letter-1", kind, new("C-1", "Zoë <3", "zoe@customers.example", ""), "t/1", new Dictionary<string, string> { [detail.Name] = detail.Value });
}
