using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Settings;

/// <summary>Reads a section into options member by member. What is misspelt or can't be read is told at start, all of it at once; a binder would pass over the one and stop at the first of the other.</summary>
public static class StrictSettings
{
    /// <param name="others">Members of the section that are read elsewhere.</param>
    public static void AddSettings<TOptions>(this IServiceCollection services, IConfiguration configuration, string section, params string[] others) where TOptions : class
    {
        var settings = configuration.GetSection(section);
        services.AddSingleton<IValidateOptions<TOptions>>(new Validation<TOptions>(settings, others));
        services.AddOptions<TOptions>().Configure(options => Read(settings, options, others, [])).ValidateOnStart();
    }

    /// <summary>What is wrong with a section that is to hold these options.</summary>
    public static IReadOnlyList<string> Faults<TOptions>(IConfigurationSection section, params string[] others) where TOptions : class, new() => FaultsOf<TOptions>(section, others);

    static List<string> FaultsOf<TOptions>(IConfigurationSection section, string[] others)
    {
        var faults = new List<string>();
        Read(section, Activator.CreateInstance(typeof(TOptions), nonPublic: true)!, others, faults);
        return faults;
    }

    static void Read(IConfigurationSection section, object options, string[] others, List<string> faults)
    {
        var members = options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => member.SetMethod is { IsPublic: true }).ToList();
        foreach (var setting in section.GetChildren().Where(setting => !others.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (members.Find(member => member.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase)) is { } member)
                Read(setting, options, member, faults);
            else
                faults.Add($"{setting.Path} is not known; give one of {string.Join(", ", members.Select(known => known.Name).Concat(others).Order(StringComparer.Ordinal))}, or remove it.");
        }
    }

    static void Read(IConfigurationSection setting, object options, PropertyInfo member, List<string> faults)
    {
        var type = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
        if (setting.Value is { } text)
        {
            if (type == typeof(string)) member.SetValue(options, text);
            else if (text.Trim().Length > 0) Convert(setting, text.Trim(), type, options, member, faults);
        }
        else if (type.IsClass && type != typeof(string) && !typeof(System.Collections.IEnumerable).IsAssignableFrom(type) && member.GetValue(options) is { } part)
        {
            Read(setting, part, [], faults);
        }
        else
        {
            Whole(setting, options, member, faults);
        }
    }

    static void Convert(IConfigurationSection setting, string text, Type type, object options, PropertyInfo member, List<string> faults)
    {
        try
        {
            member.SetValue(options, TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text));
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            var normal = member.GetValue(options) is { } value ? string.Create(CultureInfo.InvariantCulture, $", or leave it out for {value}") : "";
            faults.Add($"{setting.Path} is '{text}'; give {Like(type)}{normal}.");
        }
    }

    /// <summary>Lists and the like.</summary>
    static void Whole(IConfigurationSection setting, object options, PropertyInfo member, List<string> faults)
    {
        try
        {
            if (setting.Get(member.PropertyType) is { } value) member.SetValue(options, value);
        }
        catch (InvalidOperationException unreadable)
        {
            faults.Add($"{setting.Path} can't be read: {unreadable.Message}");
        }
    }

    static string Like(Type type) => type switch
    {
        _ when type == typeof(TimeSpan) => "a duration such as 00:00:10",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(decimal) || type == typeof(double) => "a number such as 2.5",
        _ when type == typeof(Uri) => "an address such as https://api.example.com/",
        { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ => $"a {type.Name}",
    };

    sealed class Validation<TOptions>(IConfigurationSection section, string[] others) : IValidateOptions<TOptions> where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            FaultsOf<TOptions>(section, others) is { Count: > 0 } faults ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
