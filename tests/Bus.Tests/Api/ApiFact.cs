using Microsoft.CodeAnalysis;

namespace Dovetail.Bus.Tests.Api;

/// <summary>One thing that a public API says: a type, one of its bases, or a member.</summary>
/// <param name="Type">The full name of the type, with its arity.</param>
/// <param name="Name">The member's name, ": " and the base's name, or "" for the type itself.</param>
/// <param name="Text">What it says, as a person reads it. Two facts are the same if their texts are.</param>
/// <param name="Nullness">The text once more, with a mark behind each type that says whether null is allowed; no mark where nothing is said.</param>
/// <param name="Mentions">The full names of the types that it can't be written without.</param>
sealed record ApiFact(string Type, string Name, string Text, string Nullness, IReadOnlySet<string> Mentions)
{
    /// <summary>Name and types of the parameters, as the list of what is left out names one overload among several.</summary>
    public string Overload { get; init; } = Name;

    public string Key => $"{Type} | {Text}";

    /// <summary>The type's name without namespace and arity.</summary>
    public string ShortType => WithoutArity(Type[(Type.LastIndexOf('.') + 1)..]);

    public bool AgreesOnNull(ApiFact ours)
    {
        // Where the copy has no mark, ours may have any.
        var (there, here) = (0, 0);
        while (there < Nullness.Length && here < ours.Nullness.Length)
        {
            if (Nullness[there] == ours.Nullness[here]) (there, here) = (there + 1, here + 1);
            else if (ours.Nullness[here] is '?' or '!' && Nullness[there] is not ('?' or '!')) here++;
            else return false;
        }
        return there == Nullness.Length && ours.Nullness[here..].All(rest => rest is '?' or '!');
    }

    public static string WithoutArity(string type) => type.Contains('`') ? type[..type.IndexOf('`')] : type;
}

/// <summary>Puts declarations into words, the same for source and for compiled assemblies.</summary>
static class ApiFacts
{
    static readonly SymbolDisplayFormat Plain = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    static readonly SymbolDisplayFormat Marked = Plain.AddMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.IncludeNotNullableReferenceTypeModifier);

    static readonly HashSet<string> GeneratedForRecords = ["Equals", "GetHashCode", "ToString", "PrintMembers", "EqualityContract", "op_Equality", "op_Inequality", "<Clone>$", "Deconstruct"];

    public static IEnumerable<ApiFact> Of(IAssemblySymbol assembly) => Of(assembly.GlobalNamespace).SelectMany(Of);

    static IEnumerable<INamedTypeSymbol> Of(INamespaceSymbol space) =>
        space.GetTypeMembers().Concat(space.GetNamespaceMembers().SelectMany(Of)).SelectMany(WithNested);

    static IEnumerable<INamedTypeSymbol> WithNested(INamedTypeSymbol type) =>
        IsVisible(type) && type.CanBeReferencedByName ? type.GetTypeMembers().SelectMany(WithNested).Prepend(type) : [];

    static IEnumerable<ApiFact> Of(INamedTypeSymbol type)
    {
        yield return Fact(type, "", [type.DelegateInvokeMethod is { } invoke ? (ITypeSymbol)invoke.ReturnType : type], format => Header(type, format));
        foreach (var contract in Bases(type)) yield return Fact(type, ": " + contract.Name, [contract], format => ": " + contract.ToDisplayString(format));
        if (type.TypeKind == TypeKind.Delegate) yield break;
        foreach (var member in type.GetMembers().Where(member => IsVisible(member) && !member.IsImplicitlyDeclared && !IsOfObject(member) && !IsOfRecord(type, member)))
        {
            if (member is IMethodSymbol { MethodKind: not (MethodKind.PropertyGet or MethodKind.PropertySet or MethodKind.StaticConstructor) } method)
            {
                var name = method.MethodKind == MethodKind.Constructor ? "new" : method.Name;
                yield return Fact(type, name, [method.ReturnType, .. method.Parameters.Select(parameter => parameter.Type), .. method.TypeParameters.SelectMany(one => one.ConstraintTypes)], format => Text(method, name, format))
                    with
                { Overload = $"{name}({string.Join(", ", method.Parameters.Select(parameter => Short(parameter.Type)))})" };
            }
            else if (member is IPropertySymbol property)
            {
                yield return Fact(type, property.Name, [property.Type, .. property.Parameters.Select(parameter => parameter.Type)], format => Text(property, format));
            }
            else if (member is IFieldSymbol field)
            {
                yield return Fact(type, field.Name, [field.Type], format => Text(field, format));
            }
        }
    }

    /// <summary>The base class if it is of an API, and all interfaces that do not come with a base of the platform.</summary>
    static IEnumerable<INamedTypeSymbol> Bases(INamedTypeSymbol type)
    {
        if (type.TypeKind is TypeKind.Enum or TypeKind.Delegate or TypeKind.Struct) yield break;
        var platform = type.BaseType;
        while (platform is { } known && IsOfApi(known)) platform = known.BaseType;
        if (type.BaseType is { SpecialType: not SpecialType.System_Object } parent) yield return parent;
        foreach (var contract in type.AllInterfaces.Where(contract => platform?.AllInterfaces.Contains(contract, SymbolEqualityComparer.Default) != true)) yield return contract;
    }

    static ApiFact Fact(INamedTypeSymbol type, string name, IEnumerable<ITypeSymbol> mentions, Func<SymbolDisplayFormat, string> text)
    {
        var mentioned = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mention in mentions) Collect(mention, mentioned);
        mentioned.Remove(FullName(type));
        return new ApiFact(FullName(type), name, text(Plain), text(Marked), mentioned);
    }

    static string Header(INamedTypeSymbol type, SymbolDisplayFormat format)
    {
        var kind = type.TypeKind switch
        {
            TypeKind.Delegate => $"delegate {type.DelegateInvokeMethod!.ReturnType.ToDisplayString(format)}({Parameters(type.DelegateInvokeMethod!.Parameters, false, format)})",
            TypeKind.Class when type.IsStatic => "static class",
            TypeKind.Class when type.IsAbstract => "abstract class",
            TypeKind.Class when type.IsSealed => "sealed class",
            var other => other.ToString().ToLowerInvariant(),
        };
        return Use(type) + (type.DeclaredAccessibility == Accessibility.Public ? "" : "protected ") + kind + Generics(type.TypeParameters, format);
    }

    /// <summary>What an attribute may stand on.</summary>
    static string Use(INamedTypeSymbol type) => type.GetAttributes().FirstOrDefault(attribute => attribute.AttributeClass?.Name == nameof(AttributeUsageAttribute)) is { } use
        ? $"[{use.ConstructorArguments[0].Value}{string.Concat(use.NamedArguments.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $", {one.Key} = {one.Value.Value}"))}] "
        : "";

    static string Text(IMethodSymbol method, string name, SymbolDisplayFormat format) =>
        $"{Modifiers(method)}{(name == "new" ? "" : method.ReturnType.ToDisplayString(format) + " ")}{name}{Generics(method.TypeParameters, format)}({Parameters(method.Parameters, method.IsExtensionMethod, format)})";

    static string Text(IPropertySymbol property, SymbolDisplayFormat format)
    {
        var accessors = new[] { property.GetMethod, property.SetMethod }.OfType<IMethodSymbol>().Where(IsVisible)
            .Select(accessor => (accessor.DeclaredAccessibility == property.DeclaredAccessibility ? "" : "protected ") + (accessor.MethodKind == MethodKind.PropertyGet ? "get;" : accessor.IsInitOnly ? "init;" : "set;"));
        var name = property.IsIndexer ? $"this[{Parameters(property.Parameters, false, format)}]" : property.Name;
        return $"{Modifiers(property)}{(property.IsRequired ? "required " : "")}{property.Type.ToDisplayString(format)} {name} {{ {string.Join(' ', accessors)} }}";
    }

    static string Text(IFieldSymbol field, SymbolDisplayFormat format) =>
        field.ContainingType.TypeKind == TypeKind.Enum ? $"{field.Name} = {field.ConstantValue}"
        : field.IsConst ? $"const {field.Type.ToDisplayString(format)} {field.Name} = \"{field.ConstantValue}\""
        : $"{Modifiers(field)}{(field.IsReadOnly ? "readonly " : "")}{field.Type.ToDisplayString(format)} {field.Name}";

    static string Modifiers(ISymbol member) =>
        (member.DeclaredAccessibility == Accessibility.Public ? "" : "protected ") + (member.IsStatic ? "static " : "")
        + (member.ContainingType.TypeKind == TypeKind.Interface && !member.IsStatic ? ""
            : member.IsAbstract ? (member.IsOverride ? "abstract override " : "abstract ") : member.IsSealed ? "sealed override " : member.IsOverride ? "override " : member.IsVirtual ? "virtual " : "");

    static string Generics(IReadOnlyCollection<ITypeParameterSymbol> parameters, SymbolDisplayFormat format)
    {
        if (parameters.Count == 0) return "";
        var constraints = parameters.Select(one => (one.Name, All: string.Join(", ", Constraints(one, format)))).Where(one => one.All.Length > 0).Select(one => $" where {one.Name} : {one.All}");
        return $"<{string.Join(", ", parameters.Select(one => (one.Variance == VarianceKind.In ? "in " : one.Variance == VarianceKind.Out ? "out " : "") + one.Name))}>{string.Concat(constraints)}";
    }

    static IEnumerable<string> Constraints(ITypeParameterSymbol parameter, SymbolDisplayFormat format)
    {
        if (parameter.HasReferenceTypeConstraint) yield return "class";
        if (parameter.HasValueTypeConstraint) yield return "struct";
        foreach (var type in parameter.ConstraintTypes) yield return type.ToDisplayString(format);
        if (parameter.HasConstructorConstraint) yield return "new()";
    }

    static string Parameters(IEnumerable<IParameterSymbol> parameters, bool extends, SymbolDisplayFormat format) => string.Join(", ", parameters.Select((parameter, position) =>
        (extends && position == 0 ? "this " : "") + Flow(parameter) + (parameter.RefKind == RefKind.None ? "" : parameter.RefKind.ToString().ToLowerInvariant() + " ") + (parameter.IsParams ? "params " : "")
        + $"{parameter.Type.ToDisplayString(format)} {parameter.Name}" + (parameter.HasExplicitDefaultValue ? $" = {parameter.ExplicitDefaultValue ?? "default"}" : "")));

    static string Flow(IParameterSymbol parameter) => string.Concat(parameter.GetAttributes().Where(attribute => attribute.AttributeClass?.Name is "NotNullWhenAttribute" or "MaybeNullWhenAttribute")
        .Select(attribute => $"[{attribute.AttributeClass!.Name[..^"Attribute".Length]}({attribute.ConstructorArguments[0].Value})] "));

    static bool IsVisible(ISymbol symbol) => symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.DeclaredAccessibility == Accessibility.Public || symbol.ContainingType is not { IsSealed: true });

    static bool IsOfObject(ISymbol member)
    {
        var method = member as IMethodSymbol;
        while (method?.OverriddenMethod is { } overridden) method = overridden;
        return method is { ContainingType.SpecialType: SpecialType.System_Object } || member.Name == WellKnownMemberNames.DestructorName;
    }

    static bool IsOfRecord(INamedTypeSymbol type, ISymbol member) =>
        GeneratedForRecords.Contains(member.Name) && type.AllInterfaces.Any(contract => contract.Name == nameof(IEquatable<>)) || member is IMethodSymbol { MethodKind: MethodKind.Constructor, DeclaredAccessibility: not Accessibility.Public, Parameters.Length: 1 } copy && SymbolEqualityComparer.Default.Equals(copy.Parameters[0].Type, type);

    static void Collect(ITypeSymbol type, HashSet<string> names)
    {
        if (type is IArrayTypeSymbol array) Collect(array.ElementType, names);
        if (type is not INamedTypeSymbol named) return;
        for (var outer = named; outer is not null; outer = outer.ContainingType) if (IsOfApi(outer)) names.Add(FullName(outer));
        foreach (var argument in named.TypeArguments) Collect(argument, names);
    }

    static bool IsOfApi(ITypeSymbol type) => type.ContainingNamespace.ToDisplayString() is var space && (space == "NServiceBus" || space.StartsWith("NServiceBus.", StringComparison.Ordinal) || type is INamedTypeSymbol { Name: "ParameterAppender" });

    static string FullName(INamedTypeSymbol type) =>
        type.ContainingType is { } outer ? $"{FullName(outer)}+{type.MetadataName}"
        : type.ContainingNamespace.IsGlobalNamespace ? type.MetadataName
        : $"{type.ContainingNamespace.ToDisplayString()}.{type.MetadataName}";

    static string Short(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat.WithMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.UseSpecialTypes));
}
