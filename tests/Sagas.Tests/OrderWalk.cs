using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Tasks.Messages;

namespace Dovetail.Sagas.Tests;

/// <summary>An order and the systems it needs, moved on one message at a time: answers as they come, and an alarm when nothing is under way.</summary>
sealed class OrderWalk
{
    readonly Queue<object> _answers = new();
    int _read;

    public OrderWalk(PlaceOrder order, Action<Systems>? prepare = null) : this(new OrderStory(), prepare) => Order.Receives(order);

    public OrderWalk(OrderStory order, Action<Systems>? prepare)
    {
        Order = order;
        Systems = new(order.Clock)
        {
            IsBeingCancelled = () => order.AllPublished<OrderCancelling>().Count > 0 || order.HasEnded,
            PartsGoBack = () => order.AllPublished<OrderRefundAsked>().Sum(part => part.Amount.Amount),
        };
        prepare?.Invoke(Systems);
    }

    public OrderStory Order { get; }

    public Systems Systems { get; }

    /// <summary>Commands of this type are not answered until it is null.</summary>
    public Type? Silent { get; set; }

    /// <summary>Every message that the order got as an answer.</summary>
    public List<object> Answers { get; } = [];

    /// <summary>Delivers one answer, or rings one alarm.</summary>
    public void Step()
    {
        CollectAnswers();
        if (_answers.TryDequeue(out var answer))
        {
            Answers.Add(answer);
            Order.Receives(answer);
        }
        else
        {
            Order.RingNext();
        }
        CollectAnswers();
    }

    public OrderWalk Steps(int count)
    {
        for (var i = 0; i < count && Order.IsRunning; i++) Step();
        return this;
    }

    public OrderWalk Until(Func<OrderWalk, bool> reached)
    {
        for (var steps = 0; !reached(this); steps++)
        {
            Assert.IsTrue(Order.IsRunning, $"The order ended before: {string.Join(", ", Order.Journey)}");
            Assert.IsLessThan(10_000, steps, $"The order goes round in circles: {string.Join(", ", Order.Journey.TakeLast(20))}");
            Step();
        }
        return this;
    }

    public OrderWalk ToTheEnd()
    {
        Until(walk => walk.Order.HasEnded);
        CollectAnswers();
        return this;
    }

    /// <summary>Nothing of the order remains in any system.</summary>
    public void NothingRemains() => Accounts.NothingRemains(Systems);

    /// <summary>The customer has the goods, and paid for them exactly once.</summary>
    public void AllIsSettled(PlaceOrder order) => Accounts.AllIsSettled(Systems, order, Agreed(order), Order.AllPublished<OrderAmended>().Count > 0);

    /// <summary>Every part that was taken on went back, and the customer was told of each.</summary>
    public void AllPartsAreBack(int wishes)
    {
        var back = Order.AllPublished<OrderPartRefunded>();
        Assert.AreEqual(wishes, back.Count + Order.AllPublished<OrderRefundRefused>().Count, "A wish for a refund is left without an answer, or has two.");
        CollectionAssert.AreEqual(Order.AllPublished<OrderRefundAsked>().Select(asked => asked.RefundId).ToArray(), back.Select(part => part.RefundId).ToArray());
        Assert.AreEqual(Systems.Parts, back.Sum(part => part.Amount.Amount), Systems.ToString());
        Assert.AreEqual(back.Count, Systems.Letters.Count(letter => letter.StartsWith("PartRefunded", StringComparison.Ordinal)));
    }

    /// <summary>The most that the customer ever agreed to pay.</summary>
    decimal Agreed(PlaceOrder order) => Answers.OfType<TaskAnswered>().Select(answer => answer.AgreedTotal?.Amount ?? 0).Append(order.AgreedTotal.Amount).Max();

    void CollectAnswers()
    {
        for (; _read < Order.Commands.Count; _read++)
        {
            var command = Order.Commands[_read];
            if (command.GetType() != Silent && Systems.Answer(command) is { } answer) _answers.Enqueue(answer);
        }
    }
}
