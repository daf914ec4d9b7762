namespace Dovetail.Endpoints.Live;

/// <summary>When to look for news next: soon after an announcement, and without one now and then, since another process may have written something.</summary>
/// <remarks>An announcement comes right before the commit: what it announces is looked for soon, then ever more rarely, should the commit take long or have failed.</remarks>
sealed class Looks(Signals.Follower follower, TimeSpan interval, TimeProvider time)
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(10);

    TimeSpan? _pause;

    /// <param name="most">Wait no longer than this.</param>
    public async Task Next(TimeSpan most, CancellationToken cancellation)
    {
        if (follower.Heard().ToList() is [_, ..]) _pause = First;
        else if (_pause < interval) _pause *= 2;

        var wait = _pause is { } soon && soon < interval ? soon : interval;
        await follower.Wait(wait < most ? wait : most, time, cancellation);
    }
}
