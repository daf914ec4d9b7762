using System.Text.Json;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Forms;

namespace Dovetail.Endpoints.Pricing;

/// <summary>A cart as a shop sends it, checked: the lines are those of an order.</summary>
sealed record CartForm(string CustomerId, IReadOnlyList<OrderLine> Lines)
{
    /// <summary>Reads the form and finds all its faults; with any, the form is not to be used.</summary>
    public static (CartForm Form, IReadOnlyList<Fault> Faults) Read(JsonElement json)
    {
        var fields = new Fields(json);
        var form = new CartForm(ReadCustomer(fields.Part("customer")), LineForm.ReadAll(fields, currency: null, currencyOf: "the first price"));
        fields.NothingElse();
        return (form, fields.Faults);
    }

    /// <summary>More of the person than the id is not needed, and so not taken.</summary>
    static string ReadCustomer(Fields? fields)
    {
        if (fields is null) return "";
        var id = fields.Text("id", most: 100);
        fields.NothingElse();
        return id;
    }
}
