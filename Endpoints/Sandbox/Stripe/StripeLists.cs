using System.Globalization;
using System.Text.RegularExpressions;

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>Lists with cursors, and the search by metadata and status.</summary>
static partial class StripeLists
{
    const int Most = 100;

    /// <param name="items">Newest first.</param>
    /// <param name="key">Id and time of an item.</param>
    public static object Page<T>(string url, IEnumerable<T> items, Func<T, (string Id, DateTimeOffset Created)> key, Func<T, object> shape, StripeForm form)
    {
        var limit = Limit(form);
        var bounds = form.Map("created").ToDictionary(bound => bound.Key, bound => Seconds(bound.Key, bound.Value));
        var found = items.Where(item => bounds.All(bound => Within(key(item).Created.ToUnixTimeSeconds(), bound.Key, bound.Value)));
        var page = (form.Text("starting_after") is { } last ? found.SkipWhile(item => key(item).Id != last).Skip(1) : found).Take(limit + 1).ToList();
        return new { Object = "list", Data = page.Take(limit).Select(shape), HasMore = page.Count > limit, Url = url };
    }

    /// <summary><c>metadata['orderId']:'A-1' AND status:'requires_capture'</c></summary>
    public static object Search(IEnumerable<SandboxIntent> intents, StripeForm form)
    {
        var query = form.Required("query");
        var clauses = query.Split(" AND ").Select(clause => Clause().Match(clause.Trim()) is { Success: true } match ? match
            : throw new StripeRefusal($"We were unable to parse your search query: {query}") { Param = "query" }).ToList();
        var limit = Limit(form);
        var skipped = int.TryParse(form.Text("page"), CultureInfo.InvariantCulture, out var page) ? page * limit : 0;
        var found = intents.Where(intent => clauses.TrueForAll(clause => Value(intent, clause) == clause.Groups["value"].Value)).Skip(skipped).Take(limit + 1).ToList();
        var more = found.Count > limit;
        return new
        {
            Object = "search_result",
            Data = found.Take(limit).Select(intent => StripeWire.Intent(intent, WithCharge(form, "data."))),
            HasMore = more,
            NextPage = more ? $"{page + 1}" : null,
            Url = "/v1/payment_intents/search",
        };
    }

    /// <summary>Whether the charge is to be shown in full. Nothing else is ever expanded here.</summary>
    public static bool WithCharge(StripeForm form, string prefix = "") =>
        form.List("expand") is { Count: > 0 } asked && (asked.All(path => path == prefix + "latest_charge") ? true
            : throw new StripeRefusal($"This property cannot be expanded ({string.Join(", ", asked)}).") { Param = "expand" });

    static int Limit(StripeForm form) => form.Number("limit") switch
    {
        null => 10,
        >= 1 and <= Most and var number => (int)number,
        _ => throw new StripeRefusal($"limit must be between 1 and {Most}.") { Code = "parameter_invalid_integer", Param = "limit" },
    };

    static long Seconds(string bound, string text) =>
        bound is "gte" or "gt" or "lte" or "lt" && long.TryParse(text, CultureInfo.InvariantCulture, out var seconds) ? seconds
        : throw new StripeRefusal($"Invalid timestamp: created[{bound}]={text}") { Param = $"created[{bound}]" };

    static bool Within(long created, string bound, long limit) => bound switch
    {
        "gte" => created >= limit,
        "gt" => created > limit,
        "lte" => created <= limit,
        _ => created < limit,
    };

    static string? Value(SandboxIntent intent, Match clause) => clause.Groups["key"] is { Success: true } key
        ? intent.Metadata.GetValueOrDefault(key.Value)
        : intent.Status;

    [GeneratedRegex(@"^(status|metadata\[['""](?<key>[^'""]+)['""]\]):['""](?<value>[^'""]*)['""]$")]
    private static partial Regex Clause();
}
