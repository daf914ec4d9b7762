namespace NServiceBus;

/// <summary>Where an endpoint, when it starts, leaves what it is configured to do. It is logged in any case.</summary>
public static class DiagnosticSettingsExtensions
{
    /// <summary>Hands it over as JSON. If that fails, a warning is logged and the endpoint starts all the same.</summary>
    public static void CustomDiagnosticsWriter(this EndpointConfiguration config, Func<string, CancellationToken, Task> customDiagnosticsWriter)
    {
        ArgumentNullException.ThrowIfNull(customDiagnosticsWriter);
        config.Settings.DiagnosticsWriter = customDiagnosticsWriter;
    }

    /// <summary>Writes it as JSON into a file of that folder, named after the endpoint.</summary>
    public static void SetDiagnosticsPath(this EndpointConfiguration config, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        config.Settings.DiagnosticsWriter = (diagnostics, cancellation) =>
        {
            Directory.CreateDirectory(path);
            return File.WriteAllTextAsync(Path.Combine(path, $"{config.EndpointName}-configuration.txt"), diagnostics, cancellation);
        };
    }

    /// <summary>Writes it to the log alone, and nowhere else.</summary>
    public static void WriteDiagnosticsToLog(this EndpointConfiguration config) => config.Settings.DiagnosticsWriter = null;
}
