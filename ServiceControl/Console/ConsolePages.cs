using System.Security.Claims;
using Dovetail.ServiceControl.Access;
using Dovetail.ServiceControl.Retries;
using Dovetail.ServiceControl.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.ServiceControl.Console;

/// <summary>The pages for support: what failed, why, and one click to try again.</summary>
sealed class ConsolePages(MessageStore store, FailedMessages failedMessages, TimeProvider time)
{
    const int PerPage = 50;

    public void Map(RouteGroupBuilder console)
    {
        console.AddEndpointFilter(SameOrigin.Guard);
        console.MapGet("/", Overview);
        console.MapGet("/failed", Failed);
        console.MapGet("/failed/{id}", Message);
        console.MapPost("/failed/{id}/retry", Retry);
        console.MapPost("/failed/{id}/archive", Archive);
        console.MapPost("/failed/{id}/unarchive", Unarchive);
        console.MapGet("/not-understood", NotUnderstood);
        console.MapGet("/assets/{name}", (string name, HttpResponse response) => Asset.Get(name, response));
    }

    async Task<IResult> Overview(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var hourAgo = now - TimeSpan.FromHours(1);
        var overview = await store.Read(
            async database => new OverviewPage(
                await database.Failed.CountAsync(message => message.Status == MessageStatus.Unresolved, cancellation),
                await database.Failed.CountAsync(message => message.Status == MessageStatus.RetryIssued, cancellation),
                await database.FailedImports.CountAsync(cancellation),
                await database.Messages
                    .Where(message => message.ProcessedAt >= hourAgo)
                    .GroupBy(message => message.Endpoint)
                    .Select(endpoint => new EndpointHour(
                        endpoint.Key,
                        endpoint.Count(message => message is ProcessedMessage),
                        endpoint.Count(message => message is FailedMessage)))
                    .ToListAsync(cancellation),
                await database.Processed.MaxAsync(message => (DateTimeOffset?)message.ProcessedAt, cancellation)),
            cancellation);
        return overview.Render(now);
    }

    async Task<IResult> Failed(HttpRequest request, CancellationToken cancellation)
    {
        var filter = FailedListPage.Filter.Read(request.Query);
        var list = await store.Read(
            async database =>
            {
                var counts = await database.Failed.GroupBy(message => message.Status).Select(group => new { group.Key, Count = group.Count() }).ToListAsync(cancellation);
                var messages = await database.Failed
                    .Where(message => filter.Status == null || message.Status == filter.Status)
                    .OrderByDescending(message => message.ProcessedAt).ThenBy(message => message.Id)
                    .Skip((filter.Number - 1) * PerPage).Take(PerPage)
                    .Include(message => message.Retries.Where(retry => retry.EndedAt == null))
                    .ToListAsync(cancellation);
                return new FailedListPage(messages, filter, counts.ToDictionary(count => count.Key, count => count.Count), PerPage);
            },
            cancellation);
        return list.Render(time.GetUtcNow());
    }

    async Task<IResult> Message(string id, CancellationToken cancellation)
    {
        var page = await store.Read(
            async database => await database.Failed.Include(message => message.Attempts).Include(message => message.Retries).AsSplitQuery()
                .SingleOrDefaultAsync(message => message.Id == id, cancellation) is not { } message
                ? null
                : new FailedMessagePage(message, (await database.Bodies.SingleAsync(body => body.Id == id, cancellation)).Content),
            cancellation);
        return page?.Render(time.GetUtcNow()) ?? Page.NotFound($"There is no failed message {id}. It may have been deleted some time after it was resolved or archived.");
    }

    async Task<IResult> Retry(string id, HttpContext context)
    {
        await failedMessages.Retry([id], context.User.FindFirstValue("sub"), context.RequestAborted);
        return BackTo(id, context);
    }

    async Task<IResult> Archive(string id, HttpContext context)
    {
        await failedMessages.Archive([id], context.RequestAborted);
        return BackTo(id, context);
    }

    async Task<IResult> Unarchive(string id, HttpContext context)
    {
        await failedMessages.Unarchive([id], context.RequestAborted);
        return BackTo(id, context);
    }

    /// <summary>See other: reloading the page must not ask for the same again.</summary>
    static IResult BackTo(string id, HttpContext context)
    {
        context.Response.Headers.Location = $"/console/failed/{Uri.EscapeDataString(id)}";
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    async Task<IResult> NotUnderstood(CancellationToken cancellation)
    {
        var (imports, total) = await store.Read(
            async database => (
                await database.FailedImports.OrderByDescending(import => import.ReceivedAt).Take(PerPage).ToListAsync(cancellation),
                await database.FailedImports.CountAsync(cancellation)),
            cancellation);
        return new NotUnderstoodPage(imports, total).Render(time.GetUtcNow());
    }
}
