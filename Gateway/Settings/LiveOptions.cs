using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Dovetail.Gateway.Settings;

/// <summary>The options in force. A changed configuration takes effect at once if it is sound; a faulty one is reported and the last sound one stays.</summary>
sealed partial class LiveOptions : IDisposable
{
    readonly IConfiguration _configuration;
    readonly ILogger<LiveOptions> _logger;
    readonly IDisposable _subscription;
    List<KeyValuePair<string, string?>> _read;
    volatile GatewayOptions _current;

    public LiveOptions(IConfiguration configuration, ILogger<LiveOptions> logger)
    {
        _configuration = configuration;
        _logger = logger;
        _read = Settings();
        _current = GatewayOptions.Read(configuration);
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public event Action<GatewayOptions>? Changed;

    public GatewayOptions Current => _current;

    public void Dispose() => _subscription.Dispose();

    List<KeyValuePair<string, string?>> Settings() => [.. GatewayOptions.Sections.SelectMany(section => _configuration.GetSection(section).AsEnumerable())];

    void Reload()
    {
        // The settings of others may have changed, and those of the gateway stayed as they were.
        if (Settings() is var settings && settings.SequenceEqual(_read)) return;
        _read = settings;
        try
        {
            _current = GatewayOptions.Read(_configuration);
        }
        catch (OptionsValidationException invalid)
        {
            LogRefused(string.Join(' ', invalid.Failures));
            return;
        }

        Changed?.Invoke(_current);
        LogReloaded();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Took over changed settings.")]
    partial void LogReloaded();

    [LoggerMessage(Level = LogLevel.Error, Message = "Kept the former settings, because the changed ones have faults: {Faults}")]
    partial void LogRefused(string faults);
}
