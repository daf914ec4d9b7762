using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Pricing.Messages;
using NServiceBus;

namespace Dovetail.Endpoints.Pricing;

/// <summary>No ledger: a calculation changes nothing at Mindbox, so it may be asked for any number of times.</summary>
sealed class PriceOrderHandler(MindboxClient mindbox) : IHandleMessages<PriceOrder>
{
    public async Task Handle(PriceOrder command, IMessageHandlerContext context)
    {
        var currencies = command.Lines.Select(line => line.UnitPrice?.Currency).Distinct().ToList();
        if (currencies.Count > 1)
        {
            // Mindbox calculates in numbers without a currency, so it would add apples to pears.
            await context.Reply(new OrderPriceRefused(command.OrderId, $"the lines are in different currencies: {string.Join(", ", currencies)}", command.OperationId));
            return;
        }

        var answer = await mindbox.Calculate(command, context.CancellationToken);
        await context.Reply(Outcome(command, answer) switch
        {
            OrderPriceCalculated calculated => calculated with { OperationId = command.OperationId },
            OrderPriceRefused refused => refused with { OperationId = command.OperationId },
            var other => other,
        });
    }

    /// <summary>Mindbox answers, and can't say what the discounts are.</summary>
    internal static bool IsUnavailable(MindboxAnswer answer) =>
        answer is { Customer.ProcessingStatus: "Unavailable" } or { Order.ProcessingStatus: "DiscountsCalculationIsUnavailable" };

    internal static object Outcome(PriceOrder command, MindboxAnswer answer) => answer switch
    {
        { Status: "ValidationError" } => new OrderPriceRefused(
            command.OrderId, string.Join("; ", (answer.ValidationMessages ?? []).Select(fault => $"{fault.Message} ({fault.Location})"))),
        { Customer.ProcessingStatus: "DiscountCardIsBlocked" } => new OrderPriceRefused(command.OrderId, "the customer's discount card is blocked"),

        // Full prices would be a promise broken: the bus asks again until the discounts are back.
        _ when IsUnavailable(answer) => throw new InvalidOperationException(
            $"Mindbox can't calculate discounts for order {command.OrderId} at the moment (order: {answer.Order?.ProcessingStatus}, " +
            $"customer: {answer.Customer?.ProcessingStatus}). Nothing was changed; the message is tried again. If this lasts, ask Mindbox's support."),

        // Without personal discounts: Mindbox does not know the customer, and that is not going to change.
        { Status: "Success", Order: { ProcessingStatus: "Calculated" or "PersonalDiscountsCalculationIsUnavailable" } order } =>
            MindboxPrices.Of(command, order),
        _ => throw new InvalidOperationException(
            $"Mindbox answered '{answer.Status}' / '{answer.Order?.ProcessingStatus}' to the calculation of order {command.OrderId}, which this hub does " +
            $"not know. Add it to {nameof(PriceOrderHandler)}.{nameof(Outcome)}, then retry the message from the error queue."),
    };
}
