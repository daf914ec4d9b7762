using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>Parameters as Stripe takes them, in a body or a query: flat names, with brackets for what lies inside (<c>metadata[orderId]</c>, <c>expand[0]</c>).</summary>
sealed partial class StripeForm
{
    readonly List<KeyValuePair<string, string>> _fields;

    /// <param name="known">The parameters that the call has.</param>
    public StripeForm(IEnumerable<KeyValuePair<string, StringValues>> fields, params ReadOnlySpan<string> known)
    {
        _fields = [.. fields.SelectMany(field => field.Value.Select(value => KeyValuePair.Create(field.Key, value ?? ""))).OrderBy(field => field.Key, StringComparer.Ordinal)];
        foreach (var (name, _) in _fields)
        {
            var top = name.Split('[')[0];
            if (top != "expand" && !known.Contains(top))
                throw new StripeRefusal($"Received unknown parameter: {top}") { Code = "parameter_unknown", Param = top };
        }
    }

    public static async Task<StripeForm> Of(HttpRequest request, string[] known, CancellationToken cancellation) =>
        new(request.HasFormContentType ? await request.ReadFormAsync(cancellation) : [], known);

    public static StripeForm Of(IQueryCollection query, params ReadOnlySpan<string> known) => new(query, known);

    /// <summary>The same parameters, in whatever order they came.</summary>
    public string Fingerprint => string.Join('&', _fields.Select(sent => $"{sent.Key}={sent.Value}"));

    public string? Text(string name) => _fields.LastOrDefault(field => field.Key == name).Value is { Length: > 0 } text ? text : null;

    public string Required(string name) => Text(name) ?? throw new StripeRefusal($"Missing required param: {name}.") { Code = "parameter_missing", Param = name };

    public bool? Flag(string name) => Text(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var other => throw new StripeRefusal($"Invalid boolean: {other}") { Code = "parameter_invalid_boolean", Param = name },
    };

    public long? Number(string name) => Text(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new StripeRefusal($"Invalid integer: {text}") { Code = "parameter_invalid_integer", Param = name };

    public string? OneOf(string name, params ReadOnlySpan<string> values) => Text(name) is not { } text || values.Contains(text) ? Text(name)
        : throw new StripeRefusal($"Invalid {name}: must be one of {string.Join(", ", values!)}") { Param = name };

    /// <summary>What stands under <c>name[key]</c>.</summary>
    public Dictionary<string, string> Map(string name) => _fields
        .Select(field => (Match: Inside().Match(field.Key), field.Value))
        .Where(field => field.Match.Success && field.Match.Groups[1].Value == name)
        .ToDictionary(field => field.Match.Groups[2].Value, field => field.Value);

    /// <summary>What stands under <c>name[0]</c>, <c>name[1]</c> or <c>name[]</c>.</summary>
    public IReadOnlyList<string> List(string name) =>
        [.. _fields.Where(field => Inside().Match(field.Key) is { Success: true } match && match.Groups[1].Value == name).Select(field => field.Value)];

    [GeneratedRegex(@"^(\w+)\[([^\]]*)\]$")]
    private static partial Regex Inside();
}
