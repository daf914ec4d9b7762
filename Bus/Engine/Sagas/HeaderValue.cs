using System.ComponentModel;
using System.Globalization;

namespace Dovetail.Bus.Sagas;

/// <summary>Reads a correlation value from a header.</summary>
static class HeaderValue
{
    public static object Parse(string? text, Type type, string header)
    {
        if (type == typeof(string)) return text ?? "";
        try
        {
            return TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, text ?? "")!;
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or NotSupportedException)
        {
            throw new InvalidOperationException($"Header '{header}' is '{text}', which is no {type.Name}. Mend the header where the message is sent.", failure);
        }
    }
}
