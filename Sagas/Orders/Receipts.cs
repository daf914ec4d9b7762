using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Payments;

namespace Dovetail.Sagas.Orders;

/// <summary>What goes along with money, for shops that must send receipts. Payments knows whether this one must.</summary>
static class Receipts
{
    /// <summary>Of the order's lines as they are.</summary>
    public static Receipt Of(OrderState order) => Of(order.Order.Customer, order.Prices!);

    public static Receipt Of(Customer customer, IEnumerable<PricedLine> lines) =>
        new(customer.Email, customer.Phone, [.. lines.Select(line => new ReceiptLine(line.Name, line.Quantity, line.Total))]);
}
