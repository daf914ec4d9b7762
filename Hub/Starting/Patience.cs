namespace Dovetail.Hub.Starting;

/// <summary>Starts something again and again while a server that it needs is away, and says so calmly.</summary>
sealed partial class Patience(TimeProvider time, ILogger<Patience> logger)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // What is still away is told now and then, so that the end of a long log still says it.
    static readonly TimeSpan BetweenReminders = TimeSpan.FromMinutes(1);

    volatile Wait? _wait;

    /// <summary>What is waited for at the moment, in words; null if nothing is.</summary>
    public string? Says => _wait?.ToString();

    /// <param name="start">Throws if something is away, and leaves nothing behind then.</param>
    /// <param name="waits">Called each time before the pause.</param>
    public async Task Start(string role, Func<CancellationToken, Task> start, Func<Task> waits, CancellationToken cancellation)
    {
        var pause = FirstPause;
        while (true)
        {
            try
            {
                await start(cancellation);
                if (_wait is { } over) LogOver(role, over.What, time.GetUtcNow() - over.Since);
                _wait = null;
                return;
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && Absence.IsIn(failure))
            {
                Note(role, failure as AwayException ?? new AwayException("a server", failure.Message.ReplaceLineEndings(" "), failure));
            }
            await waits();
            await Task.Delay(pause, time, cancellation);
            pause = 2 * pause < LongestPause ? 2 * pause : LongestPause;
        }
    }

    void Note(string role, AwayException away)
    {
        var now = time.GetUtcNow();
        var before = _wait;
        var since = before?.Since ?? now;
        if (before?.What == away.What && now - before.ToldAt < BetweenReminders)
        {
            _wait = before with { Why = away.Why };
            return;
        }
        _wait = new Wait(away.What, away.Why, before?.What == away.What ? since : now, ToldAt: now);
        LogWaits(role, away.What, _wait.Since, away.Why);
    }

    [LoggerMessage(LogLevel.Warning, "Role {Role} waits for {What}, since {Since:u}: {Why}. It starts by itself when that is there")]
    partial void LogWaits(string role, string what, DateTimeOffset since, string why);

    [LoggerMessage(LogLevel.Information, "Role {Role} goes on: {What} is there, after {Waited}")]
    partial void LogOver(string role, string what, TimeSpan waited);

    sealed record Wait(string What, string Why, DateTimeOffset Since, DateTimeOffset ToldAt)
    {
        public override string ToString() => FormattableString.Invariant($"Waits for {What}, since {Since:u}: {Why}");
    }
}
