using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Notifications.Preferences;

/// <summary>How customers wish to be told, and what they agreed to.</summary>
sealed class CustomerPreferences(CommitLane<NotificationsContext> lane, TimeProvider time)
{
    /// <summary>A customer of whom nothing is known wishes for nothing in particular.</summary>
    public Task<(PreferencesRow Row, ConsentRow? Consent)> Find(string client, string customerId, CancellationToken cancellation) => lane.Read(async context =>
        (await context.Preferences.FindAsync([client, customerId], cancellation) ?? new() { Client = client, CustomerId = customerId },
            await Consent(context, client, customerId, cancellation)), cancellation);

    /// <param name="wish">Replaces what the customer wished before; the link to a chat stays.</param>
    public Task<(PreferencesRow Row, ConsentRow? Consent)> Set(string client, string customerId, PreferenceForm wish, CancellationToken cancellation) => lane.Run(async context =>
    {
        var row = await FindOrAdd(context, client, customerId, cancellation);
        (row.PrefersLetters, row.Language) = (wish.PrefersLetters, wish.Language);
        (row.TimeZone, row.QuietFrom, row.QuietTo) = (wish.Quiet?.Zone.Id, wish.Quiet?.From, wish.Quiet?.To);

        // A request that is repeated is no second consent.
        var consent = await Consent(context, client, customerId, cancellation);
        if (wish.AgreesToOffers is { } agrees && (consent?.Agrees, consent?.Source) != (agrees, wish.ConsentSource))
        {
            consent = new() { Client = client, CustomerId = customerId, Agrees = agrees, At = time.GetUtcNow(), Source = wish.ConsentSource! };
            context.Consents.Add(consent);
        }

        await context.SaveChangesAsync(cancellation);
        return (row, consent);
    }, cancellation);

    /// <summary>The customer is not written to in Telegram any more.</summary>
    /// <param name="why">"blocked", "removed".</param>
    public Task EndLink(string client, string customerId, string why, CancellationToken cancellation) => lane.Run(context => context.Preferences
        .Where(row => row.Client == client && row.CustomerId == customerId && row.ChatId != null)
        .ExecuteUpdateAsync(row => row.SetProperty(p => p.ChatId, (long?)null).SetProperty(p => p.LinkEnded, why), cancellation), cancellation);

    internal static async Task<PreferencesRow> FindOrAdd(NotificationsContext context, string client, string customerId, CancellationToken cancellation)
    {
        var row = await context.Preferences.FindAsync([client, customerId], cancellation);
        if (row is null)
            context.Preferences.Add(row = new() { Client = client, CustomerId = customerId });
        return row;
    }

    static Task<ConsentRow?> Consent(NotificationsContext context, string client, string customerId, CancellationToken cancellation) => context.Consents
        .Where(consent => consent.Client == client && consent.CustomerId == customerId).OrderByDescending(consent => consent.Id).FirstOrDefaultAsync(cancellation);
}

/// <summary>What a customer wishes, as a shop sends it.</summary>
/// <param name="AgreesToOffers">Null: says nothing about it, and what was said before goes on to count.</param>
/// <param name="ConsentSource">Where the customer said so; there whenever <paramref name="AgreesToOffers"/> is.</param>
sealed record PreferenceForm(bool PrefersLetters, string? Language, QuietHours? Quiet, bool? AgreesToOffers, string? ConsentSource);
