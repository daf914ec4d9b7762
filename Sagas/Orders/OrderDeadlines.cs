using System.Globalization;
using Microsoft.Extensions.Options;

namespace Dovetail.Sagas.Orders;

/// <summary>How long an order waits for whom. The defaults are those of the business; demo and tests run them in seconds.</summary>
public sealed record OrderDeadlines
{
    public const string Section = "Deadlines";

    /// <summary>How long a system may take to answer before it is asked again.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The same for payments, where a bank stands behind the provider.</summary>
    public TimeSpan PaymentPatience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a silent system is asked, the first time included, before a person gets a task.</summary>
    public int Askings { get; init; } = 3;

    /// <summary>How long a person has for a task before it goes to the support lead.</summary>
    public TimeSpan Task { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Pause between two questions for the price of a model.</summary>
    public TimeSpan CheckModelPrice { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the prices of an order's models may take in all.</summary>
    public TimeSpan ModelPriceInAll { get; init; } = TimeSpan.FromMinutes(45);

    /// <summary>Pause between two questions whether the goods are picked.</summary>
    public TimeSpan CheckPicking { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long picking may take in all.</summary>
    public TimeSpan PickingInAll { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long a decision of the call centre may take before it is asked for again: longer than people have for a task (<c>TaskDeadlines:Limit</c>), after which the task answers by itself.</summary>
    public TimeSpan Decision { get; init; } = TimeSpan.FromHours(25);

    /// <summary>How long before a hold ends it is renewed, where the goods are not ready; one that is short is renewed after half its time.</summary>
    public TimeSpan RenewHold { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Pause between two questions whether the carrier has registered the shipment.</summary>
    public TimeSpan CheckBooking { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the carrier may take to register the shipment in all.</summary>
    public TimeSpan BookingInAll { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Pause between two questions where the shipment is.</summary>
    public TimeSpan CheckShipment { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long the shipment may take in all.</summary>
    public TimeSpan ShipmentInAll { get; init; } = TimeSpan.FromDays(10);

    /// <summary>How long it is remembered that an order has ended, so that nobody begins it again.</summary>
    public TimeSpan Memory { get; init; } = TimeSpan.FromDays(30);

    /// <summary>When a hold that begins now is renewed.</summary>
    internal DateTimeOffset? RenewalOf(DateTimeOffset? end, DateTimeOffset now)
    {
        var half = (end - now) / 2;
        return end - (half < RenewHold ? half : RenewHold);
    }

    /// <summary>What was interrupted by a renewal gets the time for an answer before the next one, which may be due already.</summary>
    internal DateTimeOffset? RenewalOf(OrderState order, DateTimeOffset now) => order.RenewHoldAt < now + PaymentPatience ? now + PaymentPatience : order.RenewHoldAt;

    internal TimeSpan PatienceWith(Step step) => step switch
    {
        Step.HoldPayment or Step.HoldAnew or Step.RenewHold or Step.CapturePayment => PaymentPatience,
        Step.VoidPayment or Step.ReleaseOldHold or Step.RefundPayment or Step.RefundOldHold => PaymentPatience,
        Step.AskCallCentre => Decision,
        _ => Patience,
    };

    /// <summary>The pause between two questions and the limit of the whole wait, for steps whose answer may be "still running".</summary>
    internal (TimeSpan Pause, TimeSpan InAll)? Polling(Step step) => step switch
    {
        Step.PriceModels => (CheckModelPrice, ModelPriceInAll),
        Step.PickGoods => (CheckPicking, PickingInAll),
        Step.BookShipment => (CheckBooking, BookingInAll),
        Step.FollowShipment => (CheckShipment, ShipmentInAll),
        _ => null,
    };
}

/// <summary>Names all faults of the section at once, each with its key and what would be right.</summary>
sealed class OrderDeadlinesValidation : IValidateOptions<OrderDeadlines>
{
    public ValidateOptionsResult Validate(string? name, OrderDeadlines options)
    {
        var faults = Faults(options).Select(fault => $"{OrderDeadlines.Section}:{fault}.").ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    static IEnumerable<string> Faults(OrderDeadlines options)
    {
        var normal = new OrderDeadlines();
        foreach (var property in typeof(OrderDeadlines).GetProperties().Where(property => property.PropertyType == typeof(TimeSpan)))
        {
            if ((TimeSpan)property.GetValue(options)! <= TimeSpan.Zero)
                yield return $"{property.Name} is {property.GetValue(options)}, but nobody answers in no time; give a duration above zero, or leave it out for {property.GetValue(normal)}";
        }
        if (options.Askings < 1)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{nameof(options.Askings)} is {options.Askings}, but a system must be asked at least once; give 1 or more, or leave it out for {normal.Askings}");
        }
        foreach (var step in new[] { Step.PriceModels, Step.PickGoods, Step.BookShipment, Step.FollowShipment })
        {
            var (pause, inAll) = options.Polling(step)!.Value;
            if (pause > inAll)
                yield return $"{Key(step)}InAll is {inAll}, which is over before the first question after {pause}; give a longer one, or a shorter pause";
        }
    }

    static string Key(Step step) => step switch
    {
        Step.PriceModels => "ModelPrice",
        Step.PickGoods => "Picking",
        Step.BookShipment => "Booking",
        _ => "Shipment",
    };
}
