namespace Dovetail.Endpoints.Notifications.Preferences;

/// <summary>The hours in which a customer does not want to be disturbed, by the clock on his wall.</summary>
sealed record QuietHours(TimeOnly From, TimeOnly To, TimeZoneInfo Zone)
{
    /// <summary>When they end; null outside of them.</summary>
    public DateTimeOffset? Until(DateTimeOffset now)
    {
        var here = TimeZoneInfo.ConvertTime(now, Zone);
        var clock = TimeOnly.FromDateTime(here.DateTime);

        // It counts the hours over midnight too.
        if (!clock.IsBetween(From, To))
            return null;

        var day = DateOnly.FromDateTime(here.DateTime);
        var end = (clock < To ? day : day.AddDays(1)).ToDateTime(To);

        // In spring an hour is missing: who sleeps until half past two sleeps until three then.
        while (Zone.IsInvalidTime(end))
            end = end.AddMinutes(15);
        return new DateTimeOffset(end, Zone.GetUtcOffset(end)).ToUniversalTime();
    }

    /// <summary>Null for a name that this machine does not know.</summary>
    public static TimeZoneInfo? FindZone(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
}
