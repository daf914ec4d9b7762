using Dovetail.Hub.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Dovetail.Hub.Roles;

/// <summary>A log entry on one line. Only an error brings its stack trace: of what is tried again by itself, the reason is enough.</summary>
sealed class LogLine(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "dovetail";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        output.Write($"{time.GetUtcNow():HH:mm:ss.fff} {Word(entry.LogLevel)} {entry.Category}: {OneLine(entry.Formatter(entry.State, entry.Exception))}");
        scopes?.ForEachScope(static (scope, output) =>
        {
            if (scope is LogScope.Belonging belonging) output.Write($" [{OneLine(belonging.ToString())}]");
        }, output);
        if (entry.Exception is { } failure)
        {
            output.Write($" Reason: {OneLine(Reason(failure))}");
            if (entry.LogLevel >= LogLevel.Error) output.Write(Environment.NewLine + failure);
        }
        output.WriteLine();
    }

    static string Reason(Exception failure) => failure.InnerException is { } inner && !failure.Message.Contains(inner.Message, StringComparison.Ordinal)
        ? $"{failure.Message} Because: {Reason(inner)}"
        : failure.Message;

    static string OneLine(string text) => text.ReplaceLineEndings(" ");

    static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
