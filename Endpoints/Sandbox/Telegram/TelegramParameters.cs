using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.Telegram;

/// <summary>What a method is called with: in the query, as a form of either kind, or as JSON. All are the same to the Bot API.</summary>
sealed class TelegramParameters
{
    readonly Dictionary<string, string> _values = [];

    public string? this[string name] => _values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    public static async Task<TelegramParameters> Of(HttpRequest request, CancellationToken cancellation)
    {
        var parameters = new TelegramParameters();
        foreach (var (name, value) in request.Query)
            parameters._values[name] = value.ToString();
        if (request.HasFormContentType)
        {
            foreach (var (name, value) in await request.ReadFormAsync(cancellation))
                parameters._values[name] = value.ToString();
        }
        else if (request.HasJsonContentType() && request.ContentLength != 0)
        {
            await parameters.ReadJson(request, cancellation);
        }

        return parameters;
    }

    public int Whole(string name, int otherwise, int least, int most) =>
        this[name] is not { } text || !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? otherwise
            : Math.Clamp(number, least, most);

    /// <summary>A list that comes as JSON, even in a query.</summary>
    public IReadOnlyList<string>? List(string name)
    {
        try
        {
            return this[name] is { } json ? JsonSerializer.Deserialize<List<string>>(json) : null;
        }
        catch (JsonException)
        {
            throw TelegramRefusal.Bad($"can't parse {name} JSON object");
        }
    }

    async Task ReadJson(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(request.Body, cancellationToken: cancellation);
            foreach (var member in json.RootElement.EnumerateObject())
                _values[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw TelegramRefusal.Bad("can't parse JSON object");
        }
    }
}
