using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Pricing.Messages;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Forms;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Pricing;

/// <summary>What a cart would cost, by the same calculation as an order. It changes nothing anywhere, so it needs no key and may be asked for at any time.</summary>
sealed class CartPrices(LiveQuestions questions)
{
    public async Task<IResult> Calculate(MindboxClient mindbox, HttpContext http)
    {
        var (body, refusal) = await JsonBody.Read(http.Request, http.RequestAborted);
        if (body is null) return refusal!;
        if (JsonBody.Parse(body, out var malformed) is not { } json) return malformed!;
        var (cart, faults) = CartForm.Read(json);
        if (faults.Count > 0) return JsonBody.Faulty("cart", faults);

        var stock = cart.Lines.Where(line => line.UnitPrice is not null).ToList();
        if (stock.Count == 0) return TypedResults.Ok(CartView.Of(cart.Lines, null));

        // Mindbox wants a number of the order and keeps none: a calculation stores nothing.
        var command = new PriceOrder($"cart-{Guid.NewGuid():N}", cart.CustomerId, stock, OperationId: "");
        return await questions.Ask(http, async () =>
        {
            var answer = await mindbox.Calculate(command, CancellationToken.None);
            return PriceOrderHandler.IsUnavailable(answer)
                ? throw new HttpRequestException("Mindbox can't calculate discounts at the moment, and prices without them would be wrong. Nothing was changed.")
                : Answer(cart, PriceOrderHandler.Outcome(command, answer));
        });
    }

    static IResult Answer(CartForm cart, object outcome) => outcome is OrderPriceRefused { Reason: var reason }
        ? Problem.Of(StatusCodes.Status422UnprocessableEntity, $"The cart has no price: {reason}. Change what that names; an order with the same lines would be refused as well.")
        : TypedResults.Ok(CartView.Of(cart.Lines, (OrderPriceCalculated)outcome));
}

/// <param name="Total">Of the lines that have a price; null if none has.</param>
/// <param name="Complete">Whether every line has its price, so that the total is that of the whole cart.</param>
/// <param name="MostPoints">How many points can pay for the lines that have a price; the customer's card may hold fewer.</param>
sealed record CartView(IReadOnlyList<CartLineView> Lines, Money? Total, bool Complete, decimal MostPoints)
{
    /// <param name="priced">Null if all lines are made to order.</param>
    public static CartView Of(IReadOnlyList<OrderLine> lines, OrderPriceCalculated? priced)
    {
        var prices = (priced?.Lines ?? []).ToDictionary(line => line.LineId);
        return new([.. lines.Select(line => CartLineView.Of(line, prices.GetValueOrDefault(line.LineId)))], priced?.Total, prices.Count == lines.Count, priced?.Total.Amount ?? 0);
    }
}

/// <param name="PricedLater">Made to order: the manufacturer computes the price once the order is placed, and never charges more than was agreed to.</param>
sealed record CartLineView(string LineId, string Sku, string Name, int Quantity, Money? UnitPrice, Money? Discount, Money? Total, bool PricedLater)
{
    public static CartLineView Of(OrderLine line, PricedLine? priced) =>
        new(line.LineId, line.Sku, line.Name, line.Quantity, line.UnitPrice, priced?.Discount, priced?.Total, PricedLater: line.UnitPrice is null);
}
