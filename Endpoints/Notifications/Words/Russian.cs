using Dovetail.Contracts.Notifications.Commands;

namespace Dovetail.Endpoints.Notifications.Words;

/// <remarks>Reasons and changes come in the words of who wrote them, whatever the language.</remarks>
sealed class Russian : ILanguage
{
    public string Code => "ru";

    public string LinkText => "Где мой заказ";

    public string Closing => "Спасибо, что выбрали нас.";

    public string Greeting(string name) => name == "" ? "Здравствуйте!" : $"Здравствуйте, {name}!";

    public string InChat(ChatAnswer answer) => answer switch
    {
        ChatAnswer.Linked => "Теперь о ваших заказах мы пишем сюда. Чтобы это прекратить, отправьте /stop.",
        ChatAnswer.LinkNotGood => "Эта ссылка уже использована или устарела. Возьмите новую в магазине.",
        ChatAnswer.Stopped => "Больше мы сюда не пишем, только на почту.",
        _ => "Чтобы получать новости о заказах здесь, откройте ссылку из личного кабинета магазина.",
    };

    public (string Subject, string[] Paragraphs) Of(News news) => news.Kind switch
    {
        NotificationKind.OrderConfirmed => ($"Ваш заказ {news.OrderId} принят",
            [
                $"Хорошие новости: заказ {news.OrderId} подтверждён, мы его собираем.",
                news.With("Сумма заказа: {0}.", "total", Amounts.InRussian),
                "Мы напишем ещё раз, как только заказ отправится к вам.",
            ]),
        NotificationKind.OrderAmended => ($"Ваш заказ {news.OrderId} изменился",
            [
                $"Не всё из заказа {news.OrderId} оказалось в наличии, поэтому он изменился.",
                news.With("Что изменилось: {0}.", "changes"),
                news.With("Новая сумма: {0}.", "total", Amounts.InRussian),
            ]),
        NotificationKind.OrderShipped => ($"Ваш заказ {news.OrderId} в пути",
            [
                $"Заказ {news.OrderId} передан в доставку и едет к вам.",
                news.With("Номер для отслеживания: {0}.", "trackingNumber"),
            ]),
        NotificationKind.OrderDelivered => ($"Ваш заказ {news.OrderId} доставлен",
            [
                $"Заказ {news.OrderId} доставлен. Надеемся, он вам понравится!",
                "Если что-то не так, просто напишите нам.",
            ]),
        NotificationKind.OrderCancelled => ($"Ваш заказ {news.OrderId} отменён",
            [
                $"К сожалению, заказ {news.OrderId} отменён.",
                news.With("Причина: {0}.", "reason"),
                "Деньги не списаны или уже возвращены; в зависимости от банка они могут появиться на счёте через несколько дней.",
            ]),
        NotificationKind.PartRefunded => ($"Возврат по заказу {news.OrderId}",
            [
                news.With("Мы вернули вам {0}.", "amount", Amounts.InRussian),
                news.With("Причина: {0}.", "reason"),
                $"В остальном заказ {news.OrderId} остаётся без изменений. В зависимости от банка деньги могут появиться на счёте через несколько дней.",
            ]),
        NotificationKind.Offer => (news.With("{0}", "title"),
            [
                news.Details.GetValueOrDefault("text", ""),
                "Вы получили это, потому что согласились на наши предложения. Отказаться можно в магазине в любой момент.",
            ]),
        _ => throw news.Unknown("Russian"),
    };
}
