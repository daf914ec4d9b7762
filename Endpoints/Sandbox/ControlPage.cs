using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>The stand-ins on one page: what they did last, and a form that pulls a lever.</summary>
static class ControlPage
{
    const int Shown = 10;

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    const int Preview = 110;

    static readonly Dictionary<string, string> Parts = new()
    {
        ["bitrix24"] = "customer relations",
        ["bitrix24-application"] = "the hub's access to it",
        ["bitrix24-bindings"] = "what it notes for the hub",
        ["bitrix24-offline-events"] = "what the hub has not heard of yet, or has",
        ["cdek"] = "delivery",
        ["cdek-webhooks"] = "what it tells the shop",
        ["loymax"] = "loyalty",
        ["mail"] = "letters to customers",
        ["mes"] = "manufacturing",
        ["mindbox"] = "prices",
        ["retailcrm"] = "order management",
        ["stripe"] = "payments",
        ["stripe-webhooks"] = "what it tells the shop",
        ["telegram"] = "messages to customers",
        ["telegram-webhooks"] = "what it tells the shop",
        ["yookassa"] = "payments",
        ["yookassa-webhooks"] = "what it tells the shop",
    };

    public static string Render(SandboxLedger ledger, Levers levers, IEnumerable<string> systems, string? order) => $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Stand-ins · Dovetail</title>
        <link rel="icon" href="data:,">
        <style>
          :root { --text: #1c2430; --quiet: #596474; --page: #f6f7f9; --card: #fff; --line: #d8dde5; --edge: #aab3c0; --accent: #1f4f8f; --alarm: #9a3412; }
          @media (prefers-color-scheme: dark) { :root { --text: #e6e9ee; --quiet: #a3adba; --page: #12161c; --card: #1b212a; --line: #303946; --edge: #4b5768; --accent: #2f68b5; --alarm: #fdba74; } }
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color: var(--text); background: var(--page); }
          section, form { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
          form { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; align-items: end; }
          label { display: grid; gap: .25rem; font-size: .9rem; }
          input, select, button { font: inherit; box-sizing: border-box; width: 100%; padding: .4rem .6rem; border: 1px solid var(--edge); border-radius: .35rem; background: var(--page); color: var(--text); }
          button { background: var(--accent); color: #fff; border-color: var(--accent); cursor: pointer; }
          pre { overflow-x: auto; font-size: .8rem; background: var(--page); padding: .5rem; }
          code, summary { overflow-wrap: anywhere; } form > * { min-width: 0; } form > h2, form > p, form > ul { grid-column: 1 / -1; margin: 0; }
          h1 { margin-bottom: 0; } h2 { margin: 0 0 .5rem; font-size: 1.1rem; } small, p { color: var(--quiet); } small { font-weight: normal; }
          .pulled { border-color: var(--alarm); } .pulled h2 { color: var(--alarm); }
        </style>
        </head>
        <body>
        <h1>Stand-ins</h1>
        <p>They take the places of the shop's systems, so that orders can be tried out. Pull a lever to see what the hub does when one of them fails. Below are their books.</p>
        {{Form(systems)}}
        {{Pulled(levers.All())}}
        {{Sales}}
        <form method="get" action="/control">
          <label>Only one order <input name="order" value="{{Safe(order ?? "")}}" placeholder="A-1"></label>
          <button>Show its entries</button>
        </form>
        {{Books(ledger, order)}}
        </body>
        </html>
        """;

    static string Form(IEnumerable<string> systems) => $"""
        <form method="post" action="/control/pull">
          <h2>Make a system fail</h2>
          <label>System <select name="system">{string.Concat(systems.Select(system => Option(system, Titled(system))))}</select></label>
          <label>What it does <select name="effect">{string.Concat(Enum.GetValues<LeverEffect>().Select(effect => Option(Name(effect), Words(effect))))}</select></label>
          <label>Only for this order <input name="match" placeholder="A-1 (empty: all)"></label>
          <label>Only for this call <input name="call" placeholder="POST /yookassa/v3/payments"></label>
          <label>How often (empty: always) <input name="times" type="number" min="1" value="1"></label>
          <label>Chance in per cent (empty: always) <input name="chance" type="number" min="0" max="100" step="0.1"></label>
          <label>Seconds, if it is slow <input name="seconds" type="number" min="0" step="0.1"></label>
          <label>Reason, if it says no <input name="reason" placeholder="insufficient_funds"></label>
          <button>Pull the lever</button>
        </form>
        """;

    const string Sales = """
        <form method="post" action="/control/bitrix24/deal">
          <h2>Change a deal as the sales people would</h2>
          <label>Order <input name="order" placeholder="A-1" required></label>
          <label>Stage <select name="stage"><option value="LOSE">lost (LOSE)</option><option value="APOLOGY">lost (APOLOGY)</option><option value="NEW">NEW</option><option value="EXECUTING">EXECUTING</option><option value="WON">won (WON)</option><option value="">as it is</option></select></label>
          <label>Amount (empty: as it is) <input name="amount" type="number" min="0" step="0.01"></label>
          <button>Change the deal</button>
        </form>
        """;

    static string Pulled(IReadOnlyList<Lever> pulled) => pulled.Count == 0 ? "" : $"""
        <form class="pulled" method="post" action="/control/release">
          <h2>Levers that are pulled</h2>
          <ul>{string.Concat(pulled.Select(lever => $"<li>{Safe(Sentence(lever))}</li>"))}</ul>
          <button>Release all</button>
        </form>
        """;

    static string Sentence(Lever lever) =>
        $"{Titled(lever.System)}: {Words(lever.Effect)}"
        + (lever.Delay is { } delay ? $", {delay.TotalSeconds:0.#} s" : "")
        + (lever.Chance is { } chance ? $", in {chance * 100:0.#} of 100 cases" : "")
        + (lever.Reason is { } reason ? $", because of {reason}" : "")
        + (lever.Match is { } match ? $"; only for {match}" : "")
        + (lever.Call is { } call ? $"; only {call}" : "")
        + (lever.Times switch { null => "; until released.", 1 => "; once more.", var times => $"; {times} times more." });

    static string Books(SandboxLedger ledger, string? order)
    {
        var sections = string.Concat(ledger.Systems().Select(system => Section(ledger, system, order)));
        return sections.Length > 0 ? sections : $"<section>{(order is null ? "Their books are empty: no order has come yet." : $"None of them has heard of the order {Safe(order)}.")}</section>";
    }

    static string Section(SandboxLedger ledger, string system, string? order)
    {
        var documents = ledger.Documents(system).Where(document => order is null || Control.Names(document.Body, order)).ToList();
        if (documents.Count == 0)
            return "";

        var html = new StringBuilder($"<section><h2>{Safe(Titled(system))} <small>{documents.Count} in all</small></h2>");
        foreach (var document in documents.OrderByDescending(document => document.Changed).Take(Shown))
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"""
                <details><summary>{Safe(document.Id)} <small>{document.Changed:yyyy-MM-dd HH:mm:ss} UTC<br><code>{Safe(document.Body.Length <= Preview ? document.Body : document.Body[..Preview] + "…")}</code></small></summary>
                <pre>{Safe(Pretty(document.Body))}</pre></details>
                """);
        }

        return html.Append("</section>").ToString();
    }

    static string Option(string value, string label) => $"<option value=\"{Safe(value)}\">{Safe(label)}</option>";

    static string Titled(string system) => Parts.TryGetValue(system, out var part) ? $"{system} ({part})" : system;

    static string Words(LeverEffect effect) => effect switch
    {
        LeverEffect.Slow => "answers slowly",
        LeverEffect.FailBefore => "fails and does nothing",
        LeverEffect.FailAfter => "does it, but answers that it failed",
        LeverEffect.Silent => "does nothing and never answers",
        LeverEffect.SilentAfter => "does it, but never answers",
        LeverEffect.Refuse => "says no",
        LeverEffect.OutOfStock => "has no goods left",
        LeverEffect.Lose => "never tells what happened (webhooks)",
        _ => "a stranger tells things in its name (webhooks)",
    };

    static string Name(LeverEffect effect) => JsonSerializer.Serialize(effect).Trim('"');

    static string Pretty(string json) => JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json), Indented);

    static string Safe(string text) => HtmlEncoder.Default.Encode(text);
}
