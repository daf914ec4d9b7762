using Dovetail.Bus.Logging;

namespace NServiceBus.Logging;

/// <summary>Loggers for code that is given none. What they are told goes to the logging of the endpoint's host.</summary>
public static class LogManager
{
    /// <summary>A logger that bears a type's full name.</summary>
    public static ILog GetLogger(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return GetLogger(type.FullName!);
    }

    /// <summary>A logger of that name. It may be kept in a static field: which host it writes to is found out line by line.</summary>
    public static ILog GetLogger(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new Log(name);
    }

    /// <summary>A logger that bears the full name of <typeparamref name="T"/>.</summary>
    public static ILog GetLogger<T>() => GetLogger(typeof(T));
}
