using System.Reflection;
using System.Text;
using Dovetail.Bus.Testing;
using NServiceBus;

namespace Dovetail.Bus.Tests.Api;

/// <summary>
/// The public surface, as a file that a review can read. Names and signatures follow NServiceBus 10: a change here is a change for everybody's handlers.
/// Accept it with DOVETAIL_APPROVE=1.
/// </summary>
[TestClass]
public sealed class PublicSurfaceTests
{
    [TestMethod]
    [DataRow(typeof(EndpointConfiguration), "Engine.txt"), DataRow(typeof(RabbitMQTransport), "RabbitMQ.txt"), DataRow(typeof(SqliteTransport), "Sql.txt"), DataRow(typeof(InMemoryTransport), "Testing.txt")]
    public void Nothing_public_changes_by_accident(Type oneOf, string file)
    {
        var path = TestSources.Api(file);
        var surface = SurfaceOf(oneOf.Assembly);
        if (Environment.GetEnvironmentVariable("DOVETAIL_APPROVE") == "1") File.WriteAllText(path, surface);

        Assert.AreEqual(File.ReadAllText(path), surface, $"The public surface of {oneOf.Assembly.GetName().Name} changed. If that is meant, run again with DOVETAIL_APPROVE=1 and commit {file}.");
    }

    static string SurfaceOf(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(KindOf(type)).Append(' ').Append(NameOf(type, full: true)).Append('\n');
            foreach (var member in MembersOf(type).Order(StringComparer.Ordinal)) text.Append("  ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    static string KindOf(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    static IEnumerable<string> MembersOf(Type type)
    {
        if (type.IsEnum) return Enum.GetNames(type).Select(name => $"{name} = {(int)Enum.Parse(type, name)}");
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetConstructors(Declared).Where(IsVisible).Select(constructor => $"new({Parameters(constructor)})")
            .Concat(type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsVisible)).Select(property =>
                $"{NameOf(property.PropertyType)} {property.Name} {{ {string.Join(' ', property.GetAccessors(nonPublic: true).Where(IsVisible).Select(accessor => accessor.ReturnType == typeof(void) ? "set;" : "get;"))} }}"))
            .Concat(type.GetFields(Declared).Where(field => field.IsPublic).Select(field => field.IsLiteral ? $"const {NameOf(field.FieldType)} {field.Name} = \"{field.GetRawConstantValue()}\"" : $"{NameOf(field.FieldType)} {field.Name}"))
            .Concat(type.GetMethods(Declared).Where(method => IsVisible(method) && !method.IsSpecialName && method.GetBaseDefinition().DeclaringType != typeof(object) && !method.Name.Contains('<', StringComparison.Ordinal)).Select(method =>
                $"{(method.IsStatic ? "static " : "")}{NameOf(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})"));
    }

    static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    static string Generics(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";

    static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter => $"{NameOf(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = default" : "")}"));

    static string NameOf(Type type, bool full = false)
    {
        if (type.IsArray) return NameOf(type.GetElementType()!) + "[]";
        if (type.IsByRef) return "ref " + NameOf(type.GetElementType()!);
        var name = type.IsNested && !type.IsGenericParameter ? $"{NameOf(type.DeclaringType!)}.{type.Name}" : type.Name;
        var generic = name.IndexOf('`', StringComparison.Ordinal);
        if (generic >= 0) name = $"{name[..generic]}<{string.Join(", ", type.GetGenericArguments().Select(argument => NameOf(argument)))}>";
        return full && type.Namespace is { } space ? $"{space}.{name}" : name;
    }
}
