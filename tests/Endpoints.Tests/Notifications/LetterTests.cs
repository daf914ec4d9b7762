using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Endpoints.Notifications;
using Dovetail.Endpoints.Notifications.Telegram;
using Dovetail.Endpoints.Notifications.Words;
using Dovetail.Endpoints.Sandbox.Mail;
using Dovetail.Endpoints.Sandbox.Telegram;

namespace Dovetail.Endpoints.Tests.Notifications;

[TestClass]
public sealed class LetterTests
{
    static readonly NotificationsOptions Options = new() { PublicAddress = new("https://shop.example/orders/") };

    [TestMethod]
    [DataRow("OrderConfirmed", "total", "4990.00 RUB", "It comes to 4,990.00\u00A0RUB.")]
    [DataRow("OrderShipped", "trackingNumber", "10248", "The carrier's tracking number is 10248.")]
    [DataRow("OrderCancelled", "reason", "the goods are gone.", "The reason: the goods are gone.")]
    public void Tells_what_is_known_and_leaves_out_what_is_not(string kind, string name, string value, string sentence)
    {
        var news = News(Enum.Parse<NotificationKind>(kind), (name, value));

        var with = Words(news);
        var without = Words(news with { Details = new Dictionary<string, string>() });

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
        var words = Words(News(NotificationKind.OrderCancelled, ("reason", "<img src=x>")));

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
        var words = new LetterWords(subject, "Hello!", ["Один"], "https://shop.example/track/1", new Russian());
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

    [TestMethod]
    public void Speaks_the_customers_language_where_it_is_known()
    {
        var news = News(NotificationKind.OrderConfirmed, ("total", "1234567.50 RUB"));

        var russian = Words(news, "ru");

        Assert.AreEqual("Ваш заказ A-1 принят", russian.Subject);
        Assert.Contains("Сумма заказа: 1\u00A0234\u00A0567,50\u00A0₽.", russian.Text);
        Assert.Contains("<html lang=\"ru\">", russian.Html);
        Assert.AreEqual(Words(news).Subject, Words(news, "tlh").Subject);
    }

    [TestMethod]
    public void Every_kind_is_told_in_every_language()
    {
        foreach (var kind in Enum.GetValues<NotificationKind>())
        {
            foreach (var language in Languages.Codes)
                Assert.IsNotEmpty(Words(News(kind, ("title", "Spring")), language).Subject, $"{kind} in {language}");
        }
    }

    [TestMethod]
    [DataRow("50 JPY", "50\u00A0JPY")]
    [DataRow("1234.5 BHD", "1,234.500\u00A0BHD")]
    [DataRow("all of it", "all of it")]
    public void Sums_have_the_places_of_their_currency(string money, string shown) => Assert.AreEqual(shown, Amounts.InEnglish(money));

    [TestMethod]
    public void In_Telegram_text_of_others_stays_text_and_nothing_grows_too_long()
    {
        var changes = string.Concat(Enumerable.Repeat("<b>🎁</b> & \"more\" ", 500));

        var text = TelegramText.Of(Words(News(NotificationKind.OrderAmended, ("changes", changes))));

        StringAssert.StartsWith(text, "<b>Your order A-1 has changed</b>\n\n", StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;🎁&lt;/b&gt; &amp; &quot;more&quot;", text);
        StringAssert.EndsWith(text, "<a href=\"https://shop.example/orders/track/t%2F1\">See where your order is</a>", StringComparison.Ordinal);
        Assert.IsLessThan(4096, TelegramHtml.Parse(text).Text.Length);
    }

    static LetterWords Words(News news, string? language = null) => LetterWords.For(news, "Zoë <3", language, "t/1", Options);

    static News News(NotificationKind kind, (string Name, string Value) detail) => new("A-1", kind, new Dictionary<string, string> { [detail.Name] = detail.Value });
}
