namespace Dovetail.Bus.Recoverability;

/// <summary>What an exception tells of itself in the error queue: the way through the handler and the behaviors, without the engine's steps between and behind them, which are the same for every message.</summary>
/// <remarks>
/// Taken out of the text, as <see cref="System.Diagnostics.StackTraceHiddenAttribute"/> hides no asynchronous method. What the engine did before a handler's or behavior's code is met stays:
/// where it fails itself, that is the place.
/// </remarks>
static class ReportedStack
{
    const string Frame = "   at ";
    const string EndOfInner = "   --- End of inner exception stack trace ---";

    static readonly string[] Engine = [$"{Frame}Dovetail.Bus.Handlers.", $"{Frame}Dovetail.Bus.Pipeline.", $"{Frame}Dovetail.Bus.Receiving.", $"{Frame}NServiceBus.Pipeline.Behavior`"];

    public static string Of(Exception failure)
    {
        var isBehindTheirs = false;
        return string.Join('\n', failure.ToString().Split('\n').Where(line =>
        {
            if (Engine.Any(frame => line.StartsWith(frame, StringComparison.Ordinal))) return !isBehindTheirs;
            if (line.StartsWith(Frame, StringComparison.Ordinal)) isBehindTheirs = true;
            if (line.StartsWith(EndOfInner, StringComparison.Ordinal)) isBehindTheirs = false;
            return true;
        }));
    }
}
