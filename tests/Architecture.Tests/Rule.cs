namespace Dovetail.Architecture.Tests;

/// <summary>A rule of the house that explains itself to whoever breaks it.</summary>
/// <param name="Says">The rule and its reason.</param>
/// <param name="Remedy">What to do now.</param>
sealed record Rule(string Says, string Remedy)
{
    public void HoldsWithout(IEnumerable<string> offenders)
    {
        var broken = offenders.Distinct().Order(StringComparer.Ordinal).ToList();
        if (broken.Count > 0) Assert.Fail($"The rule: {Says}\nBroken by:\n  {string.Join("\n  ", broken)}\nWhat to do: {Remedy}");
    }
}
