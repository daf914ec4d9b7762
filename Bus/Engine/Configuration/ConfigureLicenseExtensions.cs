namespace NServiceBus;

/// <summary>The licence that NServiceBus asks for. This engine needs none, so that set-up code may name one and still runs on either.</summary>
public static class ConfigureLicenseExtensions
{
    /// <summary>Accepts the text of a licence, and makes no use of it.</summary>
    public static void License(this EndpointConfiguration config, string licenseText) => ArgumentException.ThrowIfNullOrWhiteSpace(licenseText);

    /// <summary>Accepts the path of a licence, and reads nothing there.</summary>
    public static void LicensePath(this EndpointConfiguration config, string licenseFile) => ArgumentException.ThrowIfNullOrWhiteSpace(licenseFile);
}
