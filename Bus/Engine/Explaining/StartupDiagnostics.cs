using System.Text.Json;
using Dovetail.Bus.Configuration;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Explaining;

/// <summary>Leaves an endpoint's explanation where its configuration asks for it.</summary>
sealed partial class StartupDiagnostics(EndpointSettings settings, ILogger logger)
{
    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    /// <summary>Nobody's messages wait for a report: where it can't be written, the endpoint starts without.</summary>
    public async Task Write(CancellationToken cancellation)
    {
        if (settings.DiagnosticsWriter is not { } write) return;
        try
        {
            await write(JsonSerializer.Serialize(Explainer.Explain(settings), Readable), cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            LogNotWritten(failure, settings.EndpointName);
        }
    }

    [LoggerMessage(LogLevel.Warning, "What endpoint {Endpoint} is configured to do could not be written where its configuration says. It starts nevertheless")]
    partial void LogNotWritten(Exception failure, string endpoint);
}
