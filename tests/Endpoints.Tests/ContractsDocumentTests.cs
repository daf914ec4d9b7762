using System.Reflection;
using System.Text.Json;
using Dovetail.Contracts;

namespace Dovetail.Endpoints.Tests;

/// <summary>The document of the contracts, as others read it. That it is the one which the hub writes is held by the tests of the hub.</summary>
[TestClass]
public sealed class ContractsDocumentTests(TestContext test)
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly NullabilityInfoContext Nullability = new();

    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task Is_sound_and_fits_what_the_bus_writes()
    {
        var messages = typeof(Money).Assembly.GetExportedTypes().Where(type => type.IsClass && type.Namespace!.Split('.')[^1] is "Commands" or "Events" or "Messages");
        var samples = messages.ToDictionary(type => type.Name, type => new[] { Sample(type, whole: true), Sample(type, whole: false) });

        await NpmScript.Passes(
            "contracts.mjs", test.CancellationToken, ("DOCUMENT", Path.Combine(AppContext.BaseDirectory, "contracts.asyncapi.json")), ("SAMPLES", JsonSerializer.Serialize(samples)));
    }

    /// <param name="whole">Whether it has a value where it might have none.</param>
    static object Sample(Type type, bool whole)
    {
        if (type == typeof(string)) return "text";
        if (type == typeof(DateTimeOffset)) return Noon;
        if (type == typeof(decimal)) return 1.5m;
        if (type.IsEnum) return Enum.GetValues(type).GetValue(0)!;
        if (type.IsValueType) return Activator.CreateInstance(type)!;
        if (type.IsGenericType && type.GetGenericArguments() is [var element])
        {
            var list = Array.CreateInstance(element, 1);
            list.SetValue(Sample(element, whole), 0);
            return list;
        }
        if (type.IsGenericType) return new Dictionary<string, string> { ["total"] = "4990.00 RUB" };
        return type.GetConstructors().Single().Invoke([.. type.GetConstructors().Single().GetParameters().Select(parameter => Value(parameter, whole))]);
    }

    static object? Value(ParameterInfo parameter, bool whole) => Nullability.Create(parameter).WriteState is NullabilityState.Nullable && !whole
        ? null
        : Sample(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, whole);
}
