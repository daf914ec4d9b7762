namespace Dovetail.Hub.Settings;

/// <summary>How much time a process takes to stop.</summary>
/// <param name="Drain">So long it still serves after it has said that it is not ready any more: whoever sends it requests has to notice.</param>
/// <param name="Finish">So long what is in hand may take after that. The rest goes back to its queue.</param>
sealed record StopSettings(TimeSpan Drain, TimeSpan Finish)
{
    const string DrainKey = "Hub:DrainDelay";
    const string FinishKey = "Hub:StopTimeout";

    public static readonly IReadOnlyList<string> Keys = [DrainKey, FinishKey];

    static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(2);
    static readonly TimeSpan LongestFinish = TimeSpan.FromMinutes(10);

    /// <summary>No process takes longer than this, whatever is set.</summary>
    public static TimeSpan Longest => LongestDrain + LongestFinish;

    /// <summary>A hub that runs all roles has no other instance that requests could go to meanwhile: there is nothing to wait for.</summary>
    public static StopSettings Read(IConfiguration configuration) => new(
        configuration.GetValue(DrainKey, configuration["Hub:Roles"] is null or "sandbox" ? TimeSpan.Zero : TimeSpan.FromSeconds(5)),
        configuration.GetValue(FinishKey, TimeSpan.FromSeconds(20)));

    public static IEnumerable<string> Faults(IConfiguration configuration)
    {
        // What is no duration at all is told by who reads the whole section.
        if (TimeSpan.TryParse(configuration[DrainKey], out var drain) && (drain < TimeSpan.Zero || drain > LongestDrain))
            yield return $"{DrainKey} is '{drain}'; give a duration from 00:00:00 to {LongestDrain}.";
        if (TimeSpan.TryParse(configuration[FinishKey], out var finish) && (finish <= TimeSpan.Zero || finish > LongestFinish))
            yield return $"{FinishKey} is '{finish}'; give a duration of more than 00:00:00, up to {LongestFinish}.";
    }
}
