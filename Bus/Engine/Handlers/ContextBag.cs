using System.Diagnostics.CodeAnalysis;

namespace NServiceBus.Extensibility;

/// <summary>Something that carries values for whoever comes later in the same operation.</summary>
public interface IExtendable
{
    /// <summary>The values carried.</summary>
    ContextBag Extensions { get; }
}

/// <summary>Values by type or by name, to be read.</summary>
public interface IReadOnlyContextBag
{
    /// <summary>The value stored under the type's full name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    T Get<T>();

    /// <summary>The value stored under a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    T Get<T>(string key);

    /// <summary>The value stored under the type's full name, if there is one.</summary>
    bool TryGet<T>([NotNullWhen(true)] out T? result);

    /// <summary>The value stored under a name, if there is one.</summary>
    bool TryGet<T>(string key, [NotNullWhen(true)] out T? result);
}

/// <summary>Values by type or by name; what is not found here is looked for in the parent.</summary>
public class ContextBag(ContextBag? parentBag = null) : IReadOnlyContextBag
{
    Dictionary<string, object>? _values;

    /// <inheritdoc />
    public T Get<T>() => Get<T>(KeyOf<T>());

    /// <inheritdoc />
    public T Get<T>(string key) => TryGet<T>(key, out var value)
        ? value
        : throw new KeyNotFoundException($"Nothing is stored under '{key}' in this context.");

    /// <summary>The value of this type, made and stored if there was none.</summary>
    public T GetOrCreate<T>() where T : class, new()
    {
        if (TryGet<T>(out var value)) return value;
        value = new T();
        Set(value);
        return value;
    }

    /// <summary>Forgets the value stored under a name in this bag; the parent's stays.</summary>
    public void Remove(string key) => _values?.Remove(key);

    /// <summary>Forgets the value of this type in this bag; the parent's stays.</summary>
    public void Remove<T>() => Remove(KeyOf<T>());

    /// <summary>Stores a value under its type's full name.</summary>
    public void Set<T>(T t) => Set(KeyOf<T>(), t);

    /// <summary>Stores a value under a name.</summary>
    public void Set<T>(string key, T t) => (_values ??= new(StringComparer.Ordinal))[key] = t!;

    /// <inheritdoc />
    public bool TryGet<T>([NotNullWhen(true)] out T? result) => TryGet(KeyOf<T>(), out result);

    /// <inheritdoc />
    public bool TryGet<T>(string key, [NotNullWhen(true)] out T? result)
    {
        if (_values is not null && _values.TryGetValue(key, out var value))
        {
            result = (T)value!;
            return true;
        }
        if (parentBag is not null) return parentBag.TryGet(key, out result);
        result = default;
        return false;
    }

    /// <summary>True if this bag itself holds a value of the type, whatever its parents hold.</summary>
    internal bool HasOwn<T>() => _values?.ContainsKey(KeyOf<T>()) == true;

    static string KeyOf<T>() => typeof(T).FullName!;
}
