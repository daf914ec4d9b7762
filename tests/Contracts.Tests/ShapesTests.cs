using System.Reflection;
using System.Text;

namespace Dovetail.Contracts.Tests;

/// <summary>
/// Names and members of messages are on the wire for ever. This holds them in a file: a change shows in review, and one that would break a reader is refused.
/// Accept an addition with DOVETAIL_APPROVE=1.
/// </summary>
[TestClass]
public sealed class ShapesTests
{
    static readonly string Approved = Path.Combine(
        typeof(ShapesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!, "Contracts.txt");

    [TestMethod]
    public void Every_message_has_the_shape_that_was_approved()
    {
        var shapes = Shapes();
        if (Environment.GetEnvironmentVariable("DOVETAIL_APPROVE") == "1") File.WriteAllText(Approved, shapes);

        Assert.AreEqual(File.ReadAllText(Approved), shapes,
            "The messages changed. A new message or a new optional member at the end is fine: run again with DOVETAIL_APPROVE=1 and commit Contracts.txt. Anything else breaks whoever reads messages that are under way: add a new message instead.");
    }

    [TestMethod]
    public void The_assembly_keeps_its_name_and_version_for_ever() =>
        Assert.AreEqual("Dovetail.Contracts, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null", typeof(Money).Assembly.FullName);

    static string Shapes()
    {
        var text = new StringBuilder();
        foreach (var type in typeof(Money).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(type.FullName).Append('\n');
            foreach (var member in Members(type)) text.Append("  ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum) return Enum.GetValues(type).Cast<object>().Select(value => $"{value} = {(int)value}");
        var nullability = new NullabilityInfoContext();
        return type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Select(property =>
            $"{property.Name}: {NameOf(property.PropertyType)}{(nullability.Create(property).ReadState == NullabilityState.Nullable && Nullable.GetUnderlyingType(property.PropertyType) is null ? "?" : "")}");
    }

    static string NameOf(Type type) =>
        Nullable.GetUnderlyingType(type) is { } underlying ? $"{NameOf(underlying)}?"
        : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;
}
