namespace Dovetail.Bus.Tests.Api;

/// <summary>The public API of the engine against the API that it follows: nothing is missing without a reason, and nothing of our own stands in its namespaces.</summary>
[TestClass]
public sealed class ChapterATests(TestContext test)
{
    static readonly Dictionary<string, ApiFact> Ours = Assemblies.Ours.Where(IsTheirs).DistinctBy(fact => fact.Key).ToDictionary(fact => fact.Key, StringComparer.Ordinal);

    static readonly IReadOnlyList<ApiFact> Copy = Assemblies.Copy;

    static readonly IReadOnlyList<LeftOut> List = LeftOut.Read();

    static readonly Dictionary<string, LeftOut> TypesLeftOut = Copy.Select(fact => (fact.Type, Entry: List.FirstOrDefault(entry => entry.IsType(fact))))
        .Where(one => one.Entry is not null).DistinctBy(one => one.Type).ToDictionary(one => one.Type, one => one.Entry!, StringComparer.Ordinal);

    [TestMethod]
    public void Every_member_is_there_with_its_signature_or_is_left_out_for_a_reason()
    {
        var missing = Copy.Where(fact => !Ours.ContainsKey(fact.Key) && ReasonFor(fact) is null).ToList();
        foreach (var reason in Copy.Where(fact => !Ours.ContainsKey(fact.Key)).GroupBy(fact => ReasonFor(fact)?.Group ?? "no reason").OrderByDescending(group => group.Count()))
            test.WriteLine($"{reason.Count(),5} left out: {reason.Key}");
        test.WriteLine($"{Copy.Count,5} declared, {Copy.Count(fact => Ours.ContainsKey(fact.Key))} of them here");

        Assert.IsEmpty(missing, $"{missing.Count} declarations of chapter A are neither in Bus/ nor in docs/decisions/left-out-of-the-api.md:\n{Lines(missing)}");
    }

    [TestMethod]
    public void Nothing_of_our_own_stands_in_a_namespace_of_NServiceBus()
    {
        var declared = Copy.Select(fact => fact.Key).ToHashSet(StringComparer.Ordinal);
        var own = Ours.Values.Where(fact => !declared.Contains(fact.Key)).ToList();

        Assert.IsEmpty(own, $"{own.Count} public declarations of Bus/ are not NServiceBus's. Make them internal, or move them to Dovetail.Bus:\n{Lines(own)}");
    }

    [TestMethod]
    public void Null_is_allowed_where_it_is_allowed_there()
    {
        var differing = Copy.Where(fact => Ours.TryGetValue(fact.Key, out var ours) && !fact.AgreesOnNull(ours)).Select(fact => $"{fact.Type}\n    there {fact.Nullness}\n    here  {Ours[fact.Key].Nullness}").ToList();

        Assert.IsEmpty(differing, $"{differing.Count} declarations differ in what may be null:\n{string.Join('\n', differing)}");
    }

    [TestMethod]
    public void The_list_of_what_is_left_out_names_nothing_that_is_here_or_that_never_was()
    {
        foreach (var entry in List)
        {
            var named = Copy.Where(fact => entry.IsType(fact) || entry.IsMember(fact)).ToList();
            Assert.IsNotEmpty(named, $"'{entry.Pattern}' in docs/decisions/left-out-of-the-api.md is nothing that chapter A declares: take it out, or correct it.");
            var here = named.Where(fact => Ours.ContainsKey(fact.Key)).ToList();
            Assert.IsEmpty(here, $"'{entry.Pattern}' in docs/decisions/left-out-of-the-api.md is in Bus/ by now: take it out of the list.\n{Lines(here)}");
        }
    }

    [TestMethod]
    public void These_tests_see_both_sides()
    {
        Assert.IsGreaterThan(1500, Copy.Count, "The copy of chapter A has shrunk, or is no longer found.");
        Assert.IsGreaterThan(600, Ours.Count, "The engine's assemblies are not what these tests read.");
    }

    /// <summary>Its own entry, its type's, or that of a type without which it can't be written.</summary>
    static LeftOut? ReasonFor(ApiFact fact) =>
        TypesLeftOut.GetValueOrDefault(fact.Type) ?? Outer(fact.Type) ?? List.FirstOrDefault(entry => entry.IsMember(fact))
        ?? fact.Mentions.Order(StringComparer.Ordinal).Select(type => TypesLeftOut.GetValueOrDefault(type)).FirstOrDefault(entry => entry is not null);

    static LeftOut? Outer(string type) => type.LastIndexOf('+') is > 0 and var end ? TypesLeftOut.GetValueOrDefault(type[..end]) ?? Outer(type[..end]) : null;

    static bool IsTheirs(ApiFact fact) => fact.Type.StartsWith("NServiceBus.", StringComparison.Ordinal) || !fact.Type.Contains('.');

    static string Lines(IEnumerable<ApiFact> facts) => string.Join('\n', facts.Select(fact => fact.Key).Order(StringComparer.Ordinal));
}
