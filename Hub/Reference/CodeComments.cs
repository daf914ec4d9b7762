using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Dovetail.Hub.Reference;

/// <summary>What the compiler wrote down of an assembly's documentation comments, as plain text.</summary>
sealed partial class CodeComments
{
    readonly Dictionary<string, XElement> _members;

    CodeComments(Dictionary<string, XElement> members)
    {
        _members = members;
    }

    /// <exception cref="InvalidOperationException">The file that lies beside the assembly in every build is not there.</exception>
    public static CodeComments Of(System.Reflection.Assembly assembly)
    {
        var path = Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");
        return File.Exists(path)
            ? new(XDocument.Load(path).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value))
            : throw new InvalidOperationException($"The file {path} is missing, in which the compiler puts the comments of the messages. Build the hub anew, or copy the file from where it was built.");
    }

    public string? Summary(Type type) => Text(Of(type)?.Element("summary"));

    /// <param name="member">A parameter of the record, or a value of the enumeration.</param>
    public string? Summary(Type type, string member) => type.IsEnum
        ? Text(_members.GetValueOrDefault($"F:{type.FullName}.{member}")?.Element("summary"))
        : Text(Of(type)?.Elements("param").FirstOrDefault(parameter => parameter.Attribute("name")?.Value == member));

    XElement? Of(Type type) => _members.GetValueOrDefault($"T:{type.FullName}");

    static string? Text(XElement? comment) => comment is null ? null : Spaces().Replace(string.Concat(comment.Nodes().Select(Text)), " ").Trim();

    static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement link when (link.Attribute("cref") ?? link.Attribute("name") ?? link.Attribute("langword")) is { Value: var target } => target.Split('(')[0].Split('.', ':')[^1],
        XElement other => string.Concat(other.Nodes().Select(Text)),
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
