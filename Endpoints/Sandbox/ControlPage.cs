using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>The stand-ins on one page: what they did last, and a form that pulls a lever.</summary>
static class ControlPage
{
    const int Shown = 10;

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string Render(SandboxLedger ledger, Levers levers, IEnumerable<string> systems, string? order) => $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Sandbox</title>
        <style>
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; color: #1c2430; background: #f6f7f9; }
          section, form { background: #fff; border: 1px solid #d8dde5; border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
          form { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; align-items: end; }
          label { display: grid; gap: .25rem; font-size: .9rem; }
          input, select, button { font: inherit; padding: .4rem .6rem; border: 1px solid #aab3c0; border-radius: .35rem; background: #fff; }
          button { background: #1f4f8f; color: #fff; border-color: #1f4f8f; cursor: pointer; }
          pre { overflow-x: auto; font-size: .8rem; background: #f6f7f9; padding: .5rem; }
          code, summary { overflow-wrap: anywhere; } form > * { min-width: 0; }
          h1 { margin-bottom: 0; } h2 { margin: 0 0 .5rem; font-size: 1.1rem; } small { color: #596474; }
        </style>
        </head>
        <body>
        <h1>Sandbox</h1>
        <p>Stand-ins for the external systems: what they did last, and levers that make them fail.</p>
        {{Form(systems)}}
        {{Pulled(levers.All())}}
        <form method="get" action="/control">
          <label>Only one order <input name="order" value="{{Safe(order ?? "")}}" placeholder="A-1"></label>
          <button>Show</button>
        </form>
        {{string.Concat(ledger.Systems().Select(system => Section(ledger, system, order)))}}
        </body>
        </html>
        """;

    static string Form(IEnumerable<string> systems) => $"""
        <form method="post" action="/control/pull">
          <label>System <select name="system">{Options(systems)}</select></label>
          <label>Effect <select name="effect">{Options(Enum.GetValues<LeverEffect>().Select(Name))}</select></label>
          <label>Only where the request contains <input name="match" placeholder="A-1"></label>
          <label>Only this call <input name="call" placeholder="POST /yookassa/v3/payments"></label>
          <label>Times (empty: always) <input name="times" type="number" min="1" value="1"></label>
          <label>Seconds, for slow <input name="seconds" type="number" min="0" step="0.1"></label>
          <label>Reason, for refuse <input name="reason" placeholder="insufficient_funds"></label>
          <button>Pull the lever</button>
        </form>
        """;

    static string Pulled(IReadOnlyList<Lever> pulled) => pulled.Count == 0 ? "" : $"""
        <form method="post" action="/control/release">
          <div><h2>Levers pulled</h2>{string.Concat(pulled.Select(lever => $"<div><code>{Safe(JsonSerializer.Serialize(lever, Wire))}</code></div>"))}</div>
          <button>Release all</button>
        </form>
        """;

    static string Section(SandboxLedger ledger, string system, string? order)
    {
        var documents = ledger.Documents(system).Where(document => order is null || Control.Names(document.Body, order)).ToList();
        if (documents.Count == 0)
            return "";

        var html = new StringBuilder($"<section><h2>{Safe(system)} <small>{documents.Count} in all</small></h2>");
        foreach (var document in documents.OrderByDescending(document => document.Changed).Take(Shown))
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"""
                <details><summary>{Safe(document.Id)} <small>{document.Changed:yyyy-MM-dd HH:mm:ss} UTC</small></summary>
                <pre>{Safe(Pretty(document.Body))}</pre></details>
                """);
        }

        return html.Append("</section>").ToString();
    }

    static string Options(IEnumerable<string> values) => string.Concat(values.Select(value => $"<option>{Safe(value)}</option>"));

    static string Name(LeverEffect effect) => JsonSerializer.Serialize(effect).Trim('"');

    static string Pretty(string json) => JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json), Indented);

    static string Safe(string text) => HtmlEncoder.Default.Encode(text);
}
