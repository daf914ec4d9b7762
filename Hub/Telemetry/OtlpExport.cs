using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Dovetail.Hub.Telemetry;

/// <summary>Sends traces and measures of this process over OTLP (HTTP, protobuf), once somebody says where to.</summary>
sealed class OtlpExport : IDisposable
{
    /// <summary>Or the environment variable that every OpenTelemetry program knows.</summary>
    public const string Setting = "Telemetry:OtlpEndpoint";

    const string Standard = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>What is traced: requests in and out, and every message from its sender to its last handler.</summary>
    internal static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "NServiceBus.Core"];

    static readonly string[] Meters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "NServiceBus.*", "Dovetail.*"];

    readonly TracerProvider _traces;
    readonly MeterProvider _measures;

    OtlpExport(Uri endpoint, Discretion discretion)
    {
        // Without it the spans of requests bear a name and nothing else.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        var resource = ResourceBuilder.CreateDefault().AddService(Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") ?? "dovetail");
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources)
            .AddProcessor(discretion)
            .AddOtlpExporter(exporter => Point(exporter, endpoint, "v1/traces"))
            .Build();
        _measures = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters)
            .AddOtlpExporter(exporter => Point(exporter, endpoint, "v1/metrics"))
            .Build();
    }

    public static bool IsWanted(IConfiguration configuration) => Address(configuration) is not null;

    /// <summary>Null if nobody asked for it.</summary>
    /// <exception cref="OptionsValidationException">The address is none.</exception>
    public static OtlpExport? Start(IConfiguration configuration)
    {
        if (Faults(configuration) is { Count: > 0 } faults) throw new OptionsValidationException("Telemetry", typeof(OtlpExport), faults);
        return Address(configuration) is { } address ? new OtlpExport(new Uri(address), new Discretion(configuration)) : null;
    }

    public static IReadOnlyList<string> Faults(IConfiguration configuration)
    {
        List<string> faults = [.. configuration.GetSection("Telemetry").GetChildren().Select(child => $"Telemetry:{child.Key}")
            .Where(key => !key.Equals(Setting, StringComparison.OrdinalIgnoreCase)).Select(key => $"{key} is not known; give {Setting}, or remove it.")];
        if (Address(configuration) is { } address && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            faults.Add($"{Setting} (or {Standard}) is '{address}'; give the address of an OTLP receiver that takes HTTP, such as http://127.0.0.1:4318.");
        return faults;
    }

    /// <summary>Sends what is left.</summary>
    public void Dispose()
    {
        _traces.Dispose();
        _measures.Dispose();
    }

    static string? Address(IConfiguration configuration) =>
        configuration[Setting] is { Length: > 0 } set ? set : Environment.GetEnvironmentVariable(Standard) is { Length: > 0 } standard ? standard : null;

    static void Point(OtlpExporterOptions exporter, Uri endpoint, string path)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}");
    }
}
