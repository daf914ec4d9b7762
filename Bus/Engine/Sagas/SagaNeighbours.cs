namespace Dovetail.Bus.Sagas;

/// <summary>Whether the sagas of one endpoint can live beside each other.</summary>
static class SagaNeighbours
{
    /// <exception cref="InvalidOperationException">Some would share a table, or without it being meant a class for their state: all of them are named.</exception>
    public static void Check(string endpoint, IReadOnlyList<SagaDefinition> sagas, bool mayShareStateClasses)
    {
        var faults = new List<string>();
        for (var one = 0; one < sagas.Count; one++)
        {
            for (var other = one + 1; other < sagas.Count; other++) faults.AddRange(FaultsOf(sagas[one], sagas[other], mayShareStateClasses));
        }
        if (faults.Count > 0) throw new InvalidOperationException($"The sagas of endpoint {endpoint} get in each other's way. {string.Join(' ', faults)}");
    }

    static IEnumerable<string> FaultsOf(SagaDefinition one, SagaDefinition other, bool mayShareStateClasses)
    {
        // Tables are named after the class alone, and databases do not always tell small letters from large ones.
        if (one.Name.Equals(other.Name, StringComparison.OrdinalIgnoreCase))
            yield return $"{one.SagaType.FullName} and {other.SagaType.FullName} would share a table, as both are called {one.Name}: rename one before it has state, or run it in another endpoint.";
        if (!mayShareStateClasses && (one.DataType.IsAssignableFrom(other.DataType) || other.DataType.IsAssignableFrom(one.DataType)))
            yield return $"{one.Name} has {one.DataType.Name} for its state and {other.Name} has {other.DataType.Name}, so that a change for one changes the other: give each a class of its own, or call Sagas().DisableBestPracticeValidation().";
    }
}
