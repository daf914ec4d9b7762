using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Logging;

/// <summary>A log that may fail, say because its disk is full: there is nobody else to tell, and messages must be handled nevertheless.</summary>
sealed class UnfailingLogging(ILoggerFactory inner) : ILoggerFactory
{
    public static ILoggerFactory Of(ILoggerFactory logging) => logging as UnfailingLogging ?? new UnfailingLogging(logging);

    public ILogger CreateLogger(string categoryName) => new UnfailingLogger(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    // Whoever made it disposes of it.
    public void Dispose()
    {
    }

    sealed class UnfailingLogger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            try
            {
                return inner.BeginScope(state);
            }
            catch (Exception)
            {
                return null;
            }
        }

        public bool IsEnabled(LogLevel logLevel)
        {
            try
            {
                return inner.IsEnabled(logLevel);
            }
            catch (Exception)
            {
                return false;
            }
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
            catch (Exception)
            {
                // Nobody reads what is lost here; whoever logged goes on.
            }
        }
    }
}
