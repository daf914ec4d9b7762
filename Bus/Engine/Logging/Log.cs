using System.Globalization;
using Microsoft.Extensions.Logging;
using NServiceBus.Logging;

namespace Dovetail.Bus.Logging;

/// <summary>Writes to the logging of whichever endpoint the code runs in.</summary>
sealed class Log(string name) : ILog
{
    public bool IsDebugEnabled => IsEnabled(LogLevel.Debug);

    public bool IsErrorEnabled => IsEnabled(LogLevel.Error);

    public bool IsFatalEnabled => IsEnabled(LogLevel.Critical);

    public bool IsInfoEnabled => IsEnabled(LogLevel.Information);

    public bool IsWarnEnabled => IsEnabled(LogLevel.Warning);

    public void Debug(string? message) => Write(LogLevel.Debug, message, null);

    public void Debug(string? message, Exception? exception) => Write(LogLevel.Debug, message, exception);

    public void DebugFormat(string format, params object?[] args) => WriteFormatted(LogLevel.Debug, format, args);

    public void Error(string? message) => Write(LogLevel.Error, message, null);

    public void Error(string? message, Exception? exception) => Write(LogLevel.Error, message, exception);

    public void ErrorFormat(string format, params object?[] args) => WriteFormatted(LogLevel.Error, format, args);

    public void Fatal(string? message) => Write(LogLevel.Critical, message, null);

    public void Fatal(string? message, Exception? exception) => Write(LogLevel.Critical, message, exception);

    public void FatalFormat(string format, params object?[] args) => WriteFormatted(LogLevel.Critical, format, args);

    public void Info(string? message) => Write(LogLevel.Information, message, null);

    public void Info(string? message, Exception? exception) => Write(LogLevel.Information, message, exception);

    public void InfoFormat(string format, params object?[] args) => WriteFormatted(LogLevel.Information, format, args);

    public void Warn(string? message) => Write(LogLevel.Warning, message, null);

    public void Warn(string? message, Exception? exception) => Write(LogLevel.Warning, message, exception);

    public void WarnFormat(string format, params object?[] args) => WriteFormatted(LogLevel.Warning, format, args);

    bool IsEnabled(LogLevel level) => LogTarget.Find(name).IsEnabled(level);

    void Write(LogLevel level, string? message, Exception? exception) =>
        LogTarget.Find(name).Log(level, default, message ?? "", exception, static (text, _) => text);

    void WriteFormatted(LogLevel level, string format, object?[] args)
    {
        if (IsEnabled(level)) Write(level, string.Format(CultureInfo.InvariantCulture, format, args), null);
    }
}
