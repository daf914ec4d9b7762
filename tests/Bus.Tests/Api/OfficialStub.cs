using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Dovetail.Bus.Tests.Api;

/// <summary>The copy of chapter A as assemblies of the official names: everything is declared, and nothing works. For builds against an API whose packages can't be had everywhere.</summary>
static class OfficialStub
{
    const string Core = "NServiceBus.Core", MessageInterfaces = "NServiceBus.MessageInterfaces", Session = "NServiceBus.TransactionalSession", Sql = "NServiceBus.Persistence.Sql", SqlSession = "NServiceBus.Persistence.Sql.TransactionalSession";

    /// <summary>In the order in which they refer to each other.</summary>
    static readonly string[] Assemblies =
    [
        MessageInterfaces, Core, Session, "NServiceBus.CustomChecks", "NServiceBus.Heartbeat", "NServiceBus.SagaAudit", "NServiceBus.Metrics", "NServiceBus.Metrics.ServiceControl", "NServiceBus.ServicePlatform.Connector",
        "NServiceBus.Transport.RabbitMQ", "NServiceBus.Transport.PostgreSql", "NServiceBus.Transport.SqlServer", Sql, SqlSession,
    ];

    /// <summary>Writes the assemblies into a folder.</summary>
    /// <returns>What is wrong with the copy; nothing as a rule.</returns>
    public static IReadOnlyList<string> Emit(string folder)
    {
        var (listings, usings) = (Api.Assemblies.Listings, Api.Assemblies.UsingsOf(Api.Assemblies.Listings));
        var known = TestSources.PlatformReferences.Select(file => (MetadataReference)MetadataReference.CreateFromFile(file)).ToList();
        foreach (var assembly in Assemblies)
        {
            var sources = listings.Select(text => new Bodies(assembly).Of(text)).Append($"""[assembly: System.Reflection.AssemblyVersion("10.0.0.0")]{string.Concat(Assemblies.Select(other => $"""[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("{other}")]"""))}""");
            // Of the namespaces that a listing takes for granted, some come with a later assembly.
            var stubbed = Api.Assemblies.Create(assembly, OutputKind.DynamicallyLinkedLibrary, known, [.. sources, .. usings, .. listings.SelectMany(EmptyNamespaces)]);
            var file = Path.Combine(folder, assembly + ".dll");
            var made = stubbed.Emit(file);
            if (!made.Success) return [.. made.Diagnostics.Where(problem => problem.Severity == DiagnosticSeverity.Error).Select(problem => $"{assembly}: {problem.GetMessage(null)} {problem.Location.SourceTree?.ToString().Split('\n')[problem.Location.GetLineSpan().StartLinePosition.Line].Trim()}")];
            known.Add(MetadataReference.CreateFromFile(file));
        }
        return [];
    }

    static IEnumerable<string> EmptyNamespaces(string listing) => listing.Split('\n').Where(line => line.StartsWith("namespace ", StringComparison.Ordinal)).Select(line => $"{line.Trim()} {{ }}");

    /// <summary>Empty for what no program is built with.</summary>
    static string AssemblyOf(string space, string type) => (space, type) switch
    {
        ("NServiceBus.Testing", _) => "",
        ("NServiceBus", "IMessage" or "ICommand" or "IEvent") => MessageInterfaces,
        ("NServiceBus", "HeartbeatConfigurationExtensions") => "NServiceBus.Heartbeat",
        ("NServiceBus", "SagaAuditConfigurationExtensions") => "NServiceBus.SagaAudit",
        ("NServiceBus", "CustomChecksConfigurationExtensions") or ("NServiceBus.CustomChecks", _) => "NServiceBus.CustomChecks",
        ("NServiceBus", "MetricsConfigurationExtensions" or "MetricsOptions") or ("", "ProbeContext") => "NServiceBus.Metrics",
        ("NServiceBus", "MetricsOptionsExtensions") or ("NServiceBus.Metrics.ServiceControl", _) => "NServiceBus.Metrics.ServiceControl",
        ("NServiceBus", _) when type.StartsWith("ServicePlatform", StringComparison.Ordinal) => "NServiceBus.ServicePlatform.Connector",
        ("NServiceBus", "RabbitMQTransport" or "RoutingTopology" or "QueueType" or "BrokerRequirementChecks" or "ManagementApiConfiguration" or "NonPersistentDeliveryModeExtensions" or "PrefetchCountCalculation" or "RabbitMQTransportSettingsExtensions")
            or ("NServiceBus.Transport.RabbitMQ", _) => "NServiceBus.Transport.RabbitMQ",
        ("NServiceBus", "PostgreSqlTransport" or "PostgreSqlTransportSettingsExtensions" or "EndpointAddressConfiguration") or ("NServiceBus.Transport.PostgreSql", _) => "NServiceBus.Transport.PostgreSql",
        ("NServiceBus", "SqlServerTransport" or "SqlServerTransportSettingsExtensions") or ("NServiceBus.Transport.SqlServer", _) => "NServiceBus.Transport.SqlServer",
        ("NServiceBus.TransactionalSession", _) => type.StartsWith("SqlPersistence", StringComparison.Ordinal) ? SqlSession : Session,
        ("NServiceBus.Persistence.Sql", _) or ("", "ParameterAppender") or ("Newtonsoft.Json", _) => Sql,
        ("NServiceBus", _) when type.StartsWith("SqlPersistence", StringComparison.Ordinal) || type.StartsWith("SqlDialect", StringComparison.Ordinal) => Sql,
        _ => Core,
    };

    /// <summary>Leaves of a listing what belongs to one assembly, and gives each member a body that throws.</summary>
    sealed class Bodies(string assembly) : CSharpSyntaxRewriter
    {
        static readonly BlockSyntax Throws = SyntaxFactory.Block(SyntaxFactory.ParseStatement("throw null!;"));

        public string Of(string listing) => Visit(CSharpSyntaxTree.ParseText(listing).GetRoot()).ToFullString();

        public override SyntaxNode? VisitInterfaceDeclaration(InterfaceDeclarationSyntax node) => IsElsewhere(node) ? null : node;

        public override SyntaxNode? VisitEnumDeclaration(EnumDeclarationSyntax node) => IsElsewhere(node) ? null : node;

        public override SyntaxNode? VisitDelegateDeclaration(DelegateDeclarationSyntax node) => IsElsewhere(node) ? null : node;

        public override SyntaxNode? VisitStructDeclaration(StructDeclarationSyntax node) => IsElsewhere(node) ? null : base.VisitStructDeclaration(node);

        public override SyntaxNode? VisitClassDeclaration(ClassDeclarationSyntax node)
        {
            if (IsElsewhere(node)) return null;
            var (name, factory) = (node.Identifier.Text, Base(node, "IPersistenceDefinitionFactory"));
            var stub = (ClassDeclarationSyntax)base.VisitClassDeclaration(node)!;

            // What implements an interface of .NET alone is not listed, nor are constructors that are not public, nor what makes a store.
            if (stub.BaseList is { } bases && bases.Types.Where(type => !IsUnlisted(type)).ToList() is var listed && listed.Count < bases.Types.Count)
                stub = stub.WithBaseList(listed.Count == 0 ? null : bases.WithTypes(SyntaxFactory.SeparatedList(listed)));
            if (factory is not null && !node.Modifiers.Any(SyntaxKind.AbstractKeyword)) stub = With(stub, $"static {name} {factory.Type}.Create() {{ throw null!; }}");
            return node.Modifiers.Any(SyntaxKind.StaticKeyword) || node.Members.OfType<ConstructorDeclarationSyntax>().Any(constructor => constructor.ParameterList.Parameters.Count == 0)
                ? stub
                : With(stub, $"internal {name}() {{ throw null!; }}");
        }

        public override SyntaxNode? VisitMethodDeclaration(MethodDeclarationSyntax node) =>
            node.Modifiers.Any(SyntaxKind.AbstractKeyword) ? node : node.WithBody(Throws).WithSemicolonToken(default);

        public override SyntaxNode? VisitIndexerDeclaration(IndexerDeclarationSyntax node) => node.WithAccessorList(node.AccessorList!.WithAccessors(
            SyntaxFactory.List(node.AccessorList.Accessors.Select(accessor => accessor.WithBody(Throws).WithSemicolonToken(default)))));

        public override SyntaxNode? VisitConstructorDeclaration(ConstructorDeclarationSyntax node) => node.WithBody(Throws).WithSemicolonToken(default);

        public override SyntaxNode? VisitOperatorDeclaration(OperatorDeclarationSyntax node) => node.WithBody(Throws).WithSemicolonToken(default);

        public override SyntaxNode? VisitConversionOperatorDeclaration(ConversionOperatorDeclarationSyntax node) => node.WithBody(Throws).WithSemicolonToken(default);

        bool IsElsewhere(MemberDeclarationSyntax node) => node.Parent is not TypeDeclarationSyntax
            && AssemblyOf((node.Parent as NamespaceDeclarationSyntax)?.Name.ToString() ?? "", node is DelegateDeclarationSyntax invoked ? invoked.Identifier.Text : ((BaseTypeDeclarationSyntax)node).Identifier.Text) != assembly;

        static SimpleBaseTypeSyntax? Base(ClassDeclarationSyntax node, string name) =>
            node.BaseList?.Types.OfType<SimpleBaseTypeSyntax>().FirstOrDefault(type => type.Type.ToString().Split('.')[^1].StartsWith(name + "<", StringComparison.Ordinal));

        static bool IsUnlisted(BaseTypeSyntax type) => type.Type.ToString() is var name && (name.StartsWith("IEquatable<", StringComparison.Ordinal) || name.Contains("IEnumerable", StringComparison.Ordinal) || name.StartsWith("IReadOnly", StringComparison.Ordinal) && name.Contains('<', StringComparison.Ordinal));

        static ClassDeclarationSyntax With(ClassDeclarationSyntax node, string member) => node.AddMembers(SyntaxFactory.ParseMemberDeclaration(member)!);
    }
}
