using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using NServiceBus;

namespace Dovetail.Architecture.Tests;

/// <summary>What NServiceBus's own analyzers would refuse where the hub is built with its packages. Those can't be had everywhere, so the rules that can be held cheaply are held here.</summary>
[TestClass]
public sealed class OfficialAnalyzerTests
{
    // A class for messages that find no saga is named there too.
    static readonly string[] Mappings = ["MapSaga", "ToMessage", "ToMessageHeader", "ConfigureNotFoundHandler"];

    static readonly string[] Sendings = ["Send", "SendLocal", "Publish", "Reply", "ReplyToOriginator", "RequestTimeout", "ForwardCurrentMessageTo", "Subscribe", "Unsubscribe"];

    static readonly Lazy<CompiledSources[]> Sources = new(() => [new("Sagas"), new("Endpoints")]);

    static readonly IReadOnlyList<Type> Sagas = [.. Handlers.All.Where(type => type.IsSubclassOf(typeof(Saga)))];

    static IEnumerable<Type> States => Sagas.Select(saga => saga.BaseType!.GetGenericArguments().Single());

    [TestMethod]
    public void These_tests_see_sagas_and_the_calls_of_handlers()
    {
        Assert.IsNotEmpty(Sagas);
        Assert.IsGreaterThan(50, Calls().Count());
        Assert.HasCount(Sagas.Count, Configurations());
    }

    [TestMethod]
    public void What_is_sent_is_awaited() =>
        new Rule(
            "NSB0001: who does not await a message that is sent loses what goes wrong with it, and perhaps the message.",
            "Await it, or return its task.")
        .HoldsWithout(
            from sources in Sources.Value
            from method in sources.Methods
            from statement in method.DescendantNodes().OfType<ExpressionStatementSyntax>()
            where statement.Expression is InvocationExpressionSyntax call && Sendings.Contains(NameOf(call)) && sources.Of(statement).GetSymbolInfo(statement.Expression).Symbol is IMethodSymbol called
                && called.ReturnType.Name == nameof(Task) && called.ContainingNamespace.ToDisplayString().StartsWith("NServiceBus", StringComparison.Ordinal)
            select CompiledSources.At(statement));

    [TestMethod]
    public void Handlers_pass_their_cancellation_on() =>
        new Rule(
            "NSB0002: whatever a handler waits for ends when its endpoint stops and will wait no longer.",
            "Pass context.CancellationToken.")
        .HoldsWithout(Calls().Where(call => call.Operation.Arguments.Any(argument => argument.ArgumentKind == ArgumentKind.DefaultValue && IsToken(argument.Parameter!.Type)) || HasTwinWithToken(call.Operation.TargetMethod))
            .Select(call => CompiledSources.At(call.Syntax)));

    [TestMethod]
    public void A_saga_says_by_one_chain_of_mappings_how_it_is_found() =>
        new Rule(
            "NSB0003 to NSB0006, NSB0008, NSB0009: ConfigureHowToFindSaga holds one chain of mappings and nothing else, to a property other than Id, with every message that starts the saga and no timeout: it is read by tools too.",
            "Write mapper.MapSaga(...) with a ToMessage<...>(...) for each message, in the saga itself.")
        .HoldsWithout(Configurations().SelectMany(configuration => FaultsOf(configuration.Sources, configuration.Method)));

    [TestMethod]
    public void The_state_of_a_saga_is_stored_data_and_nothing_else() =>
        new Rule(
            "NSB0007, NSB0010, NSB0012: state derives from ContainSagaData, its properties can be written, and none is of a message that the saga handles: a store reads them back months later, in another version.",
            "What follows from the state goes to an extension beside it; what a message brought goes to a record of the saga's own.")
        .HoldsWithout(
            States.Where(state => state.BaseType != typeof(ContainSagaData)).Select(state => $"{state}: derives from {state.BaseType}")
            .Concat(from state in States
                    from property in state.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                    where property.SetMethod is not { IsPublic: true }
                    select $"{state}.{property.Name}: no public setter")
            .Concat(from saga in Sagas
                    from property in saga.BaseType!.GetGenericArguments().Single().GetProperties()
                    where saga.Handles(property.PropertyType)
                    select $"{saga}: stores {property.PropertyType} as {property.Name}"));

    [TestMethod]
    public void A_saga_is_a_saga_and_nothing_beside_it() =>
        new Rule(
            "NSB0014, NSB0015, NSB0020: a saga derives from Saga<...> itself and does not handle messages that found none; neither sagas nor handlers take an IMessageSession, which sends whatever becomes of the message.",
            "Send by the handler's context; handle what found no saga in a class of its own.")
        .HoldsWithout(
            Sagas.Where(saga => saga.BaseType is not { IsGenericType: true } parent || parent.GetGenericTypeDefinition() != typeof(Saga<>)).Select(saga => $"{saga}: derives from {saga.BaseType}")
            .Concat(Sagas.Where(saga => saga.IsAssignableTo(typeof(ISagaNotFoundHandler))).Select(saga => $"{saga}: handles messages that found none"))
            .Concat(Handlers.All.Where(handler => handler.GetConstructors().Any(made => made.GetParameters().Any(parameter => parameter.ParameterType == typeof(IMessageSession)))).Select(handler => $"{handler}: takes an IMessageSession")));

    /// <summary>What methods call that have a handler's context.</summary>
    static IEnumerable<(SyntaxNode Syntax, IInvocationOperation Operation)> Calls() =>
        from sources in Sources.Value
        from method in sources.Methods
        where method.ParameterList.Parameters.Any(parameter => parameter.Type?.ToString() == nameof(IMessageHandlerContext))
        from call in method.DescendantNodes().OfType<InvocationExpressionSyntax>()
        let operation = sources.Of(call).GetOperation(call) as IInvocationOperation
        where operation is not null
        select ((SyntaxNode)call, operation);

    static string? NameOf(InvocationExpressionSyntax call) => (call.Expression is MemberAccessExpressionSyntax member ? member.Name : call.Expression as SimpleNameSyntax)?.Identifier.Text;

    static bool HasTwinWithToken(IMethodSymbol called) =>
        !called.Parameters.Any(parameter => IsToken(parameter.Type)) && called.ContainingType.GetMembers(called.Name).OfType<IMethodSymbol>().Any(twin =>
            twin.Parameters.Length == called.OriginalDefinition.Parameters.Length + 1 && twin.IsStatic == called.IsStatic && IsToken(twin.Parameters[^1].Type)
            && twin.Parameters[..^1].Select(parameter => parameter.Type).SequenceEqual(called.OriginalDefinition.Parameters.Select(parameter => parameter.Type), SymbolEqualityComparer.Default));

    static bool IsToken(ITypeSymbol type) => type.Name == nameof(CancellationToken);

    static List<(CompiledSources Sources, MethodDeclarationSyntax Method)> Configurations() =>
        [.. Sources.Value.SelectMany(sources => sources.Methods.Where(method => method.Identifier.Text == "ConfigureHowToFindSaga").Select(method => (sources, method)))];

    static IEnumerable<string> FaultsOf(CompiledSources sources, MethodDeclarationSyntax method)
    {
        var calls = method.DescendantNodes(node => node is not LambdaExpressionSyntax).OfType<InvocationExpressionSyntax>()
            .Select(call => (Call: call, Name: (call.Expression as MemberAccessExpressionSyntax)?.Name)).ToList();
        foreach (var other in calls.Where(call => !Mappings.Contains(call.Name?.Identifier.Text))) yield return $"{CompiledSources.At(other.Call)}: no mapping";
        var map = calls.Where(call => call.Name?.Identifier.Text == "MapSaga").Select(call => call.Call).ToList();
        foreach (var byId in map.Where(call => call.ArgumentList.ToString().EndsWith(".Id)", StringComparison.OrdinalIgnoreCase))) yield return $"{CompiledSources.At(byId)}: mapped by Id";
        if (map.Count != 1) yield return $"{CompiledSources.At(method)}: not one MapSaga";

        var model = sources.Of(method);
        var mapped = calls.Select(call => call.Name).OfType<GenericNameSyntax>().Select(name => model.GetTypeInfo(name.TypeArgumentList.Arguments[0]).Type).ToHashSet(SymbolEqualityComparer.Default);
        var saga = model.GetDeclaredSymbol(method)!.ContainingType;
        foreach (var role in saga.AllInterfaces.Where(role => role.TypeArguments.Length == 1))
        {
            if (role.Name == "IAmStartedByMessages" && !mapped.Contains(role.TypeArguments[0])) yield return $"{saga.Name}: no mapping for {role.TypeArguments[0].Name}, which starts it";
            if (role.Name == "IHandleTimeouts" && mapped.Contains(role.TypeArguments[0])) yield return $"{saga.Name}: a mapping for the timeout {role.TypeArguments[0].Name}";
        }
    }
}
