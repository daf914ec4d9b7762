using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Notifications.Telegram;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications.Preferences;

/// <summary>Which chat belongs to which customer. A shop gives its customer a link with a token; who opens it in Telegram is that customer.</summary>
sealed class TelegramLinks(CommitLane<NotificationsContext> lane, IOptions<TelegramOptions> options, TimeProvider time)
{
    /// <summary>A token that is good for one chat and for a short time. Only its hash is kept.</summary>
    public Task<(string Token, DateTimeOffset Expires)> NewToken(string client, string customerId, CancellationToken cancellation) => lane.Run(async context =>
    {
        // Telegram passes on 64 characters of A-Z, a-z, 0-9, - and _ at most.
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var (now, expires) = (time.GetUtcNow(), time.GetUtcNow() + options.Value.LinkLifetime);
        await context.LinkTokens.Where(row => row.Expires <= now).ExecuteDeleteAsync(cancellation);
        context.LinkTokens.Add(new() { Hash = HashOf(token), Client = client, CustomerId = customerId, Expires = expires });
        await context.SaveChangesAsync(cancellation);
        return (token, expires);
    }, cancellation);

    /// <summary>Uses the token of this hash up. The customer is written to in this chat from now on, and no more in one linked before.</summary>
    /// <returns>Whether the token was good; also when this chat had used it before, as updates may come twice.</returns>
    public Task<bool> Link(string hash, long chat, CancellationToken cancellation) => lane.Run(async context =>
    {
        var row = await context.LinkTokens.FindAsync([hash], cancellation);
        if (row is null)
            return await context.Preferences.AnyAsync(customer => customer.ChatId == chat && customer.LinkToken == hash, cancellation);
        context.LinkTokens.Remove(row);
        if (row.Expires > time.GetUtcNow())
        {
            var customer = await CustomerPreferences.FindOrAdd(context, row.Client, row.CustomerId, cancellation);
            (customer.ChatId, customer.LinkedAt, customer.LinkEnded, customer.LinkToken, customer.PrefersLetters) = (chat, time.GetUtcNow(), null, hash, false);
        }

        await context.SaveChangesAsync(cancellation);
        return row.Expires > time.GetUtcNow();
    }, cancellation);

    /// <summary>Nobody is written to in this chat any more.</summary>
    public Task Unlink(long chat, CancellationToken cancellation) => lane.Run(context => context.Preferences
        .Where(row => row.ChatId == chat)
        .ExecuteUpdateAsync(row => row.SetProperty(p => p.ChatId, (long?)null).SetProperty(p => p.LinkEnded, "stopped"), cancellation), cancellation);

    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
