using System.Globalization;
using System.Text;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Desk.Reading;
using static Dovetail.Endpoints.Desk.Page.Frame;

namespace Dovetail.Endpoints.Desk.Page;

/// <summary>One task as HTML: what is asked, what has happened, and, for who has it, the form to decide with.</summary>
static class TaskPage
{
    /// <param name="client">Who looks.</param>
    public static string Of(TaskRow task, IReadOnlyList<EntryRow> entries, string client)
    {
        var main = new StringBuilder();
        main.Append(CultureInfo.InvariantCulture, $"""
            <p class="eyebrow">{Text(Capital(task.Queue))}</p>
            <h1>Order {Text(task.OrderId)}</h1>
            <p class="lead">{Text(Capital(task.Question!))}</p>
            <p class="result" role="status"></p>
            <noscript><p class="lead">To act from this page, allow its script to run.</p></noscript>
            <div id="live">
            <p><strong>{Lead(task, client)}</strong></p>

            """);
        if (task.Kind == TaskKinds.Call) CallPage.Add(main, task, client);
        else AddSubstitution(main, task, client);
        if (task.State == States.Open) main.Append(CultureInfo.InvariantCulture, $"<p class=\"do\">{Button("claim", "Claim the task")}</p>\n");
        main.Append("</div>\n<section aria-labelledby=\"past\">\n<h2 id=\"past\">What has happened</h2>\n<ol class=\"past\" reversed>\n");
        foreach (var entry in entries.Reverse()) main.Append(CultureInfo.InvariantCulture, $"<li>{Time(entry.At)}<p>{Text(entry.Text)}</p></li>\n");
        main.Append("</ol>\n</section>");
        return Frame.Of($"Order {task.OrderId}", main.ToString(), body: $" data-task=\"{Text(task.Id)}\" data-events=\"/v1/tasks/events\"");
    }

    static string Lead(TaskRow task, string client) => task switch
    {
        { State: States.Ended } => $"It has ended. {Text(task.How ?? "")}",
        { Claimant: null, Kind: TaskKinds.Call } => "Nobody has it yet. Claim it to see where to call.",
        { Claimant: null } => "Nobody has it yet. Claim it, ask the customer, then decide.",
        { Kind: TaskKinds.Call } when task.Claimant == client => "You have it. Call, then say whether you reached the customer.",
        { Claimant: var claimant } when claimant == client => "You have it. Ask the customer, then decide.",
        _ => $"{Text(task.Claimant!)} has it.",
    };

    static void AddSubstitution(StringBuilder main, TaskRow task, string client)
    {
        var content = TaskContent.Of(task);
        AddLines(main, content);
        main.Append(CultureInfo.InvariantCulture, $"""
            <p class="quiet">The customer agreed to {Text($"{content.AgreedTotal}")} at most. If nobody decides, the hub does at {Time(task.Until!.Value)}.</p>

            """);
        if (task.State == States.Claimed && task.Claimant == client) AddForm(main, content);
    }

    static void AddLines(StringBuilder main, TaskContent content)
    {
        main.Append("<table>\n<thead><tr><th scope=\"col\">Goods</th><th scope=\"col\">Pieces</th><th scope=\"col\">Sum</th></tr></thead>\n<tbody>\n");
        foreach (var line in content.Lines)
        {
            main.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{Text(line.Name)} <small>{Text(line.Sku)}</small>{(content.Missing.Contains(line.LineId) ? " <strong>missing</strong>" : "")}</td><td>{line.Quantity}</td><td>{Text($"{line.Total}")}</td></tr>\n");
        }
        main.Append(CultureInfo.InvariantCulture, $"</tbody>\n<tfoot><tr><th scope=\"row\">In all</th><td></td><td>{Text($"{content.Total}")}</td></tr></tfoot>\n</table>\n");
    }

    static void AddForm(StringBuilder main, TaskContent content)
    {
        var currency = content.AgreedTotal.Currency;
        main.Append(CultureInfo.InvariantCulture, $"""
            <form id="answer" data-currency="{Text(currency)}" data-rest="{Number(content.TotalWithoutMissing)}" data-agreed="{Number(content.AgreedTotal)}" hidden>

            """);
        foreach (var (index, id) in content.Missing.Index()) AddLine(main, content.Lines.Single(line => line.LineId == id), index, currency);
        main.Append(CultureInfo.InvariantCulture, $"""
            <p>The order comes to <output id="total"></output>.</p>
            <p id="agreed" hidden><label>The customer was asked, and agrees to pay at most, in {Text(currency)}
            <input name="agreedTotal" inputmode="decimal" data-pointer="#/agreedTotal #/agreedTotal/amount" autocomplete="off"></label></p>
            <p class="do"><button>Decide so</button> {Button("release", "Give the task back", quiet: true)}</p>
            </form>
            <form id="cancel" hidden>
            <details><summary>The customer wants nothing of it any more</summary>
            <p><label>Why the order is cancelled; the customer reads this
            <input name="cancelReason" maxlength="500" required data-pointer="#/cancelReason" autocomplete="off"></label></p>
            <p class="do"><button>Cancel the order</button></p></details>
            </form>

            """);
    }

    static void AddLine(StringBuilder main, PricedLine line, int index, string currency) => main.Append(CultureInfo.InvariantCulture, $"""
        <fieldset data-line="{Text(line.LineId)}" data-index="{index}">
        <legend>Instead of {Text(line.Name)}</legend>
        <label class="choice"><input type="radio" name="decision{index}" value="substitute" checked> the customer gets</label>
        <div class="goods">
        <label>Article number <input name="sku" maxlength="100" required data-pointer="#/lines/{index}/substitute/sku" autocomplete="off"></label>
        <label>Name <input name="name" maxlength="200" required data-pointer="#/lines/{index}/substitute/name" autocomplete="off"></label>
        <label>Pieces <input name="quantity" type="number" min="1" max="10000" step="1" value="{line.Quantity}" required data-pointer="#/lines/{index}/substitute/quantity"></label>
        <label>Price apiece, in {Text(currency)} <input name="unitPrice" inputmode="decimal" required data-pointer="#/lines/{index}/substitute/unitPrice #/lines/{index}/substitute/unitPrice/amount" autocomplete="off"></label>
        </div>
        <label class="choice"><input type="radio" name="decision{index}" value="drop"> nothing: the line is dropped, and not paid for</label>
        </fieldset>

        """);

    static string Number(Money money) => money.Amount.ToString(CultureInfo.InvariantCulture);
}
