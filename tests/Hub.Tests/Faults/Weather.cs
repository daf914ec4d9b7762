using System.Globalization;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>How the systems around the hub behave.</summary>
sealed class Weather(StandIns standIns, Random chance)
{
    static readonly (string Effect, double Chance, double Seconds)[] Faults =
        [("slow", 0.04, 0.7), ("fail-before", 0.05, 0), ("fail-after", 0.05, 0), ("silent", 0.015, 0), ("silent-after", 0.025, 0)];

    /// <summary>A lost attempt comes again, a lost answer makes an event come twice, what is held back is overtaken, and some of it is made up.</summary>
    static readonly (string Effect, double Chance, double Seconds)[] WebhookFaults =
        [("lose", 0.1, 0), ("forge", 0.1, 0), ("fail-before", 0.2, 0), ("fail-after", 0.3, 0), ("slow", 0.2, 0.5), ("slow", 0.2, 3)];

    // It is in every request, and lets the weather be released without what one order alone is to meet.
    const string Everybody = "";

    readonly string[] _systems = [standIns.PaysWithStripe ? "stripe" : "yookassa", "loymax", "retailcrm", "cdek", "mindbox", "mes", "bitrix24", "mail", "telegram"];

    public async Task TurnsBad(IEnumerable<Purchase> purchases, CancellationToken cancellation)
    {
        foreach (var system in _systems) await Pull(system, Faults, cancellation);
        foreach (var system in new[] { $"{_systems[0]}-webhooks", "cdek-webhooks", "telegram-webhooks" }) await Pull(system, WebhookFaults, cancellation);
        foreach (var purchase in purchases)
        {
            if (purchase.Fate == Fate.Lost) await standIns.Pull(new { system = "cdek", effect = "refuse", match = purchase.Id, reason = "lost" }, cancellation);
            if (purchase.Reach == Reach.Telephone) await standIns.Pull(new { system = "mail", effect = "refuse", match = purchase.Id }, cancellation);
            if (purchase.Fate == Fate.HoldWithdrawn) await standIns.Pull(new { system = _systems[0], effect = "refuse", match = purchase.Id, call = "/capture" }, cancellation);
        }
    }

    /// <summary>One system is away for a while, by way of refusing everybody or of keeping silent.</summary>
    public Task Changes(CancellationToken cancellation) => chance.Next(2) == 0
        ? standIns.Pull(new { system = _systems[chance.Next(_systems.Length)], effect = "fail-before", match = Everybody, times = chance.Next(40, 150) }, cancellation)
        : standIns.Pull(new { system = _systems[chance.Next(_systems.Length)], effect = "silent", match = Everybody, times = chance.Next(10, 40) }, cancellation);

    public Task TurnsGood(CancellationToken cancellation) => standIns.Release(Everybody, cancellation);

    async Task Pull(string system, IEnumerable<(string Effect, double Chance, double Seconds)> faults, CancellationToken cancellation)
    {
        foreach (var (effect, chance, seconds) in faults)
            await standIns.Pull(new { system, effect, match = Everybody, chance, delay = TimeSpan.FromSeconds(seconds).ToString("c", CultureInfo.InvariantCulture) }, cancellation);
    }
}
