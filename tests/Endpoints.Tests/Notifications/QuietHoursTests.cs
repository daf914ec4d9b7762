using System.Globalization;
using Dovetail.Endpoints.Notifications.Preferences;

namespace Dovetail.Endpoints.Tests.Notifications;

[TestClass]
public sealed class QuietHoursTests
{
    [TestMethod]
    [DataRow("2026-11-21T18:59:59Z", null, DisplayName = "an evening in Moscow")]
    [DataRow("2026-11-21T19:00:00Z", "2026-11-22T05:30:00Z", DisplayName = "they have begun")]
    [DataRow("2026-11-21T22:10:00Z", "2026-11-22T05:30:00Z", DisplayName = "past midnight")]
    [DataRow("2026-11-22T05:29:59Z", "2026-11-22T05:30:00Z", DisplayName = "the last second")]
    [DataRow("2026-11-22T05:30:00Z", null, DisplayName = "the morning")]
    public void Go_over_midnight_by_the_customers_clock(string now, string? until) => Check("22:00", "08:30", "Europe/Moscow", now, until);

    [TestMethod]
    [DataRow("2026-11-21T12:59:00Z", "2026-11-21T13:00:00Z")]
    [DataRow("2026-11-21T13:00:00Z", null)]
    [DataRow("2026-11-21T02:00:00Z", null)]
    public void May_be_a_nap_at_noon(string now, string? until) => Check("12:00", "13:00", "UTC", now, until);

    [TestMethod]
    [DataRow("02:30", "2026-03-29T00:10:00Z", "2026-03-29T01:00:00Z", DisplayName = "in spring the half hour that they end with is missing")]
    [DataRow("08:00", "2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z", DisplayName = "a short night")]
    [DataRow("08:00", "2026-10-24T21:00:00Z", "2026-10-25T07:00:00Z", DisplayName = "a long night")]
    public void Follow_the_clock_when_it_is_changed(string to, string now, string until) => Check("22:00", to, "Europe/Berlin", now, until);

    static void Check(string from, string to, string zone, string now, string? until)
    {
        var quiet = new QuietHours(TimeOnly.Parse(from, CultureInfo.InvariantCulture), TimeOnly.Parse(to, CultureInfo.InvariantCulture), QuietHours.FindZone(zone)!);
        Assert.AreEqual(until is null ? null : At(until), quiet.Until(At(now)!.Value));
    }

    static DateTimeOffset? At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);
}
