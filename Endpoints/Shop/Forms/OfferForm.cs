using System.Text.Json;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Forms;

namespace Dovetail.Endpoints.Shop.Forms;

/// <summary>What a shop would like to sell to the customer of an order, in the customer's language; checked.</summary>
sealed record OfferForm(string Title, string Text)
{
    const int LongestTitle = 150;
    const int LongestText = 2_000;

    public static (OfferForm Form, IReadOnlyList<Fault> Faults) Read(JsonElement json)
    {
        var fields = new Fields(json);
        var form = new OfferForm(fields.Text("title", LongestTitle), fields.Text("text", LongestText));
        fields.NothingElse();
        return (form, fields.Faults);
    }
}
