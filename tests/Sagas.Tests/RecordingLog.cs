using Dovetail.Sagas.Orders;
using Microsoft.Extensions.Logging;

namespace Dovetail.Sagas.Tests;

/// <summary>Keeps what the saga logs.</summary>
sealed class RecordingLog : ILogger<OrderFulfilment>
{
    public List<string> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add($"{logLevel}: {formatter(state, exception)}");
}
