using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace NServiceBus.Transport;

/// <summary>What a transport says of a message beside its headers. The built-in transports say nothing.</summary>
public sealed class ReceiveProperties : IReadOnlyDictionary<string, string>
{
    readonly Dictionary<string, string> _properties;

    /// <summary>Without any.</summary>
    public ReceiveProperties() : this([])
    {
    }

    /// <summary>Takes over the dictionary.</summary>
    public ReceiveProperties(Dictionary<string, string> dictionary)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        _properties = dictionary;
    }

    /// <summary>None, shared.</summary>
    public static ReceiveProperties Empty { get; } = new();

    /// <inheritdoc />
    public int Count => _properties.Count;

    /// <inheritdoc />
    public IEnumerable<string> Keys => _properties.Keys;

    /// <inheritdoc />
    public IEnumerable<string> Values => _properties.Values;

    /// <inheritdoc />
    public string this[string key] => _properties[key];

    /// <inheritdoc />
    public bool ContainsKey(string key) => _properties.ContainsKey(key);

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _properties.GetEnumerator();

    /// <inheritdoc />
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _properties.TryGetValue(key, out value);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
