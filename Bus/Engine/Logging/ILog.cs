namespace NServiceBus.Logging;

/// <summary>A logger. Arguments of the ...Format methods take the places {0}, {1} and so on.</summary>
public interface ILog
{
    /// <summary>Whether details for whoever looks for a fault is written anywhere.</summary>
    bool IsDebugEnabled { get; }

    /// <summary>Whether something that a person should look at is written anywhere.</summary>
    bool IsErrorEnabled { get; }

    /// <summary>Whether something after which the process can hardly go on is written anywhere.</summary>
    bool IsFatalEnabled { get; }

    /// <summary>Whether something worth knowing is written anywhere.</summary>
    bool IsInfoEnabled { get; }

    /// <summary>Whether something that may become a fault is written anywhere.</summary>
    bool IsWarnEnabled { get; }

    /// <summary>Tells of details for whoever looks for a fault.</summary>
    void Debug(string? message);

    /// <summary>Tells of details for whoever looks for a fault, with its cause.</summary>
    void Debug(string? message, Exception? exception);

    /// <summary>Tells of details for whoever looks for a fault, put together only if anybody reads it.</summary>
    void DebugFormat(string format, params object?[] args);

    /// <summary>Tells of something that a person should look at.</summary>
    void Error(string? message);

    /// <summary>Tells of something that a person should look at, with its cause.</summary>
    void Error(string? message, Exception? exception);

    /// <summary>Tells of something that a person should look at, put together only if anybody reads it.</summary>
    void ErrorFormat(string format, params object?[] args);

    /// <summary>Tells of something after which the process can hardly go on.</summary>
    void Fatal(string? message);

    /// <summary>Tells of something after which the process can hardly go on, with its cause.</summary>
    void Fatal(string? message, Exception? exception);

    /// <summary>Tells of something after which the process can hardly go on, put together only if anybody reads it.</summary>
    void FatalFormat(string format, params object?[] args);

    /// <summary>Tells of something worth knowing.</summary>
    void Info(string? message);

    /// <summary>Tells of something worth knowing, with its cause.</summary>
    void Info(string? message, Exception? exception);

    /// <summary>Tells of something worth knowing, put together only if anybody reads it.</summary>
    void InfoFormat(string format, params object?[] args);

    /// <summary>Tells of something that may become a fault.</summary>
    void Warn(string? message);

    /// <summary>Tells of something that may become a fault, with its cause.</summary>
    void Warn(string? message, Exception? exception);

    /// <summary>Tells of something that may become a fault, put together only if anybody reads it.</summary>
    void WarnFormat(string format, params object?[] args);
}
