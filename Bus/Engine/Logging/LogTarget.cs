using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Logging;

/// <summary>Which host's logging a static logger means.</summary>
static class LogTarget
{
    static readonly AsyncLocal<ILoggerFactory?> Flowing = new();
    static readonly List<ILoggerFactory> Started = [];

    /// <summary>An endpoint starts: what is begun until the result is disposed of logs to its host, for as long as it runs.</summary>
    public static Inside Enter(ILoggerFactory logging)
    {
        lock (Started) Started.Add(logging);
        var before = Flowing.Value;
        Flowing.Value = logging;
        return new Inside(before);
    }

    /// <summary>An endpoint is gone.</summary>
    public static void Leave(ILoggerFactory logging)
    {
        lock (Started) Started.Remove(logging);
    }

    /// <summary>That of the endpoint whose handler asks; otherwise that of the endpoint that started last; before the first one, standard error.</summary>
    public static ILogger Find(string name)
    {
        var logging = Flowing.Value;
        if (logging is null)
        {
            lock (Started) logging = Started.Count > 0 ? Started[^1] : null;
        }
        return logging?.CreateLogger(name) ?? new BeforeTheStart(name);
    }

    /// <summary>Ends with what an endpoint begins when it starts.</summary>
    public readonly struct Inside(ILoggerFactory? before) : IDisposable
    {
        public void Dispose() => Flowing.Value = before;
    }

    /// <summary>No host is there to be asked, and what is said must not be lost.</summary>
    sealed class BeforeTheStart(string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Console.Error.WriteLine($"{logLevel} {name}: {formatter(state, exception)}{(exception is null ? "" : Environment.NewLine + exception)}");
        }
    }
}
