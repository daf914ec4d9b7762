using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>A line that the engine logged.</summary>
sealed record Logged(LogLevel Level, string Text);

/// <summary>Writes what the engine logs into the notes of a scenario.</summary>
sealed class LogNotes(Notes notes) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) notes.Write(new Logged(logLevel, formatter(state, exception)));
    }
}
