using NServiceBus;

namespace Dovetail.Architecture.Tests;

/// <summary>The classes of the product that handle messages, sagas among them.</summary>
static class Handlers
{
    public static IReadOnlyList<Type> All { get; } =
        [.. new[] { "Sagas", "Endpoints" }.SelectMany(project => ProjectFile.In(project).Load()!.GetTypes())
            .Where(type => type.IsClass && !type.IsAbstract && Handled(type).Any())];

    public static bool Handles(this Type handler, Type message) => Handled(handler).Contains(message);

    /// <summary>Records are the classes that can clone themselves.</summary>
    public static bool IsRecord(this Type type) => type.GetMethod("<Clone>$") is not null;

    // IAmStartedByMessages<T> brings IHandleMessages<T> with it.
    static IEnumerable<Type> Handled(Type handler) =>
        handler.GetInterfaces().Where(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IHandleMessages<>))
            .Select(face => face.GetGenericArguments()[0]);
}
