using System.Globalization;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Dovetail.ServiceControl.Retries;
using Dovetail.ServiceControl.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.ServiceControl.Api;

/// <summary>Failed messages: looking at them, and deciding about them. What changes something is accepted, whether or not the id is known, and done afterwards.</summary>
sealed class ErrorsApi(MessageStore store, FailedMessages failedMessages, Instance instance)
{
    const int LargestInlineBody = 102_400;
    const string NoIds = "Send a JSON array of ids; none may be empty.";
    static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];
    static readonly string[] PostAndPatch = [HttpMethods.Post, HttpMethods.Patch];

    public void Map(IEndpointRouteBuilder api)
    {
        api.MapMethods("/errors", GetAndHead, context => List(context, endpoint: null));
        api.MapGet("/endpoints/{name}/errors", context => List(context, $"{context.GetRouteValue("name")}"));
        api.MapGet("/errors/last/{id}", Last);
        api.MapGet("/errors/{id}", Single);
        api.MapPost("/errors/retry", RetryMany);
        api.MapPost("/errors/{id}/retry", Retry);
        api.MapMethods("/errors/archive", PostAndPatch, ArchiveMany);
        api.MapMethods("/errors/{id}/archive", PostAndPatch, Archive);
        api.MapPatch("/errors/unarchive", UnarchiveMany);
    }

    async Task List(HttpContext context, string? endpoint)
    {
        var cancellation = context.RequestAborted;
        if (Filter(context.Request.Query) is not { } filter)
        {
            await Answers.BadRequest("The query's 'modified' must be two times such as 2026-01-05T00:00:00Z...2026-01-06T00:00:00Z.").ExecuteAsync(context);
            return;
        }

        var paging = Paging.Of(context.Request);
        var (messages, total) = await store.Read(
            async database =>
            {
                var matching = filter(database.Failed).Where(message => endpoint == null || message.Endpoint == endpoint);
                return (await paging.Of(matching).ToListAsync(cancellation), await matching.CountAsync(cancellation));
            },
            cancellation);
        await Answers.List(context, paging, [.. messages.Select(FailureView.Of)], total);
    }

    /// <returns>Null: the filter makes no sense.</returns>
    static Func<IQueryable<FailedMessage>, IQueryable<FailedMessage>>? Filter(IQueryCollection query)
    {
        var statuses = Statuses($"{query["status"]}");
        var queue = $"{query["queueaddress"]}";
        var (from, to) = (DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        if ($"{query["modified"]}" is { Length: > 0 } modified
            && (modified.Split("...") is not [var first, var last] || !TryInstant(first, out from) || !TryInstant(last, out to)))
        {
            return null;
        }

        return messages => messages
            .Where(message => statuses.Contains(message.Status))
            .Where(message => queue == "" || message.QueueAddress == queue)
            .Where(message => message.LastModified >= from && message.LastModified <= to);
    }

    /// <summary>A comma list of names; a minus excludes one. Nothing named: all.</summary>
    internal static List<MessageStatus> Statuses(string text)
    {
        List<MessageStatus> all = [MessageStatus.Unresolved, MessageStatus.RetryIssued, MessageStatus.Resolved, MessageStatus.Archived];
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var wanted = names.Any(name => name[0] != '-') ? all.Where(status => names.Any(name => Means(name, status))) : all;
        return [.. wanted.Where(status => !names.Any(name => name[0] == '-' && Means(name[1..], status)))];

        static bool Means(string name, MessageStatus status) => name.Equals(status.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    static bool TryInstant(string text, out DateTimeOffset instant) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out instant);

    async Task<IResult> Last(string id, CancellationToken cancellation) =>
        await store.Read(database => database.Failed.SingleOrDefaultAsync(message => message.Id == id, cancellation), cancellation) is { } message
            ? Answers.Json(FailureView.Of(message))
            : Answers.NotFound();

    async Task<IResult> Single(string id, CancellationToken cancellation)
    {
        var (message, body) = await store.Read(
            async database => (
                await database.Failed.Include(message => message.Attempts).SingleOrDefaultAsync(message => message.Id == id, cancellation),
                await database.Bodies.SingleOrDefaultAsync(body => body.Id == id, cancellation)),
            cancellation);
        return message is null ? Answers.NotFound() : Answers.Json(FailureDocument.Of(message, InlineText(message, body)));
    }

    static string? InlineText(FailedMessage message, MessageBody? body)
    {
        var type = message.Read().ContentType;
        var isText = type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || type.Contains("json", StringComparison.OrdinalIgnoreCase)
            || type.Contains("xml", StringComparison.OrdinalIgnoreCase);
        return isText && body is { Content.Length: <= LargestInlineBody } ? Encoding.UTF8.GetString(body.Content) : null;
    }

    async Task<IResult> Retry(string id, HttpContext context, CancellationToken cancellation)
    {
        if (!instance.Is(context.Request))
            return Answers.BadRequest("The query's instance_id names another instance. Leave it out.");

        await failedMessages.Retry([id], Client(context), cancellation);
        return Results.Accepted();
    }

    async Task<IResult> RetryMany(HttpContext context, CancellationToken cancellation)
    {
        if (await ReadIds(context.Request, cancellation) is not { } ids)
            return Answers.BadRequest(NoIds);

        await failedMessages.Retry(ids, Client(context), cancellation);
        return Results.Accepted();
    }

    async Task<IResult> Archive(string id, CancellationToken cancellation)
    {
        await failedMessages.Archive([id], cancellation);
        return Results.Accepted();
    }

    async Task<IResult> ArchiveMany(HttpRequest request, CancellationToken cancellation)
    {
        if (await ReadIds(request, cancellation) is not { } ids)
            return Results.Json(new { messageIds = new[] { NoIds } }, statusCode: StatusCodes.Status422UnprocessableEntity);

        await failedMessages.Archive(ids, cancellation);
        return Results.Accepted();
    }

    async Task<IResult> UnarchiveMany(HttpRequest request, CancellationToken cancellation)
    {
        if (await ReadIds(request, cancellation) is not { } ids)
            return Answers.BadRequest(NoIds);

        await failedMessages.Unarchive(ids, cancellation);
        return Results.Accepted();
    }

    // Read by hand: some clients send the array without saying that it is JSON.
    static async Task<string[]?> ReadIds(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            var ids = await JsonSerializer.DeserializeAsync<string[]>(request.Body, cancellationToken: cancellation);
            return ids is null || ids.Any(string.IsNullOrEmpty) ? null : ids;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string? Client(HttpContext context) => context.User.FindFirstValue("sub");
}
