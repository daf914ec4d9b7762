using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Dovetail.Gateway.Settings;

/// <summary>Reads settings and goes on after a fault, so that all of them can be told at once.</summary>
sealed class SettingsReader(IConfiguration configuration)
{
    readonly List<string> _faults = [];

    public IReadOnlyList<string> Faults => _faults;

    public void Fault(string key, string what, string right) => _faults.Add($"{key} {what}; give {right}.");

    public IEnumerable<string> Children(string key) => configuration.GetSection(key).GetChildren().Select(child => child.Key);

    public string Text(string key, string right, Func<string, bool>? accept = null)
    {
        var text = configuration[key]?.Trim() ?? "";
        if (text.Length == 0)
            Fault(key, "is missing", right);
        else if (accept?.Invoke(text) == false)
            // Not quoted: a connection string may hold a password.
            Fault(key, "cannot be used", right);

        return text;
    }

    public string Optional(string key, string fallback, string right = "", Func<string, bool>? accept = null)
    {
        var text = configuration[key]?.Trim();
        if (string.IsNullOrEmpty(text))
            return fallback;
        if (accept?.Invoke(text) == false)
            Fault(key, $"is '{text}'", right);

        return text;
    }

    /// <summary>A misspelt setting would be lost in silence, and its default be in force.</summary>
    /// <param name="sectionsToo">Whether sections may have any name.</param>
    public void Known(string section, IReadOnlyList<string> keys, bool sectionsToo = false)
    {
        foreach (var stranger in configuration.GetSection(section).GetChildren().Where(child => !(sectionsToo && child.GetChildren().Any())).Select(child => child.Key))
        {
            if (!keys.Contains(stranger, StringComparer.OrdinalIgnoreCase))
                Fault($"{section}:{stranger}", "is not known", $"one of {string.Join(", ", keys)}, or remove it");
        }
    }

    public ReadOnlyMemory<byte> Secret(string key, int leastBytes)
    {
        var secret = Encoding.UTF8.GetBytes(configuration[key] ?? "");
        if (secret.Length < leastBytes)
            Fault(key, secret.Length == 0 ? "is missing" : $"has {secret.Length} bytes", $"a random text of at least {leastBytes} bytes, the same for all roles");

        return secret;
    }

    public T Value<T>(string key, T fallback, T least, T most) where T : IParsable<T>, IComparable<T>
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
            return fallback;

        if (T.TryParse(text, CultureInfo.InvariantCulture, out var value) && value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0)
            return value;

        Fault(key, $"is '{text}'", string.Create(CultureInfo.InvariantCulture, $"a value from {least} to {most}, or leave it out for {fallback}"));
        return fallback;
    }

    public IReadOnlyList<T> List<T>(string key, string right, Func<string, T?> parse, bool required = false) where T : class =>
        Parse(key, right, required, text => parse(text) is { } item ? (true, item) : (false, null!));

    public IReadOnlyList<T> List<T>(string key, string right, Func<string, T?> parse) where T : struct =>
        Parse(key, right, required: false, text => parse(text) is { } item ? (true, item) : (false, default));

    List<T> Parse<T>(string key, string right, bool required, Func<string, (bool Good, T Item)> parse)
    {
        var texts = (configuration[key] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (required && texts.Length == 0)
            Fault(key, "is missing", right);

        var items = new List<T>();
        foreach (var text in texts)
        {
            var (good, item) = parse(text);
            if (good)
                items.Add(item);
            else
                Fault(key, $"holds '{text}'", right);
        }

        return items;
    }
}
