namespace Dovetail.Hub.Doctor;

/// <summary>What an examination found of one thing.</summary>
/// <param name="Remedy">What to do; null if all is well.</param>
sealed record Finding(string Subject, string Says, string? Remedy = null)
{
    public bool IsWell => Remedy is null;

    public override string ToString() => $"{(IsWell ? "ok   " : "WRONG")}  {Subject,-24} {Says}{(IsWell ? "" : $" To do: {Remedy}")}".ReplaceLineEndings(" ");
}
