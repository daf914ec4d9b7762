using System.Globalization;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Identity;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Desk.Reading;

/// <summary>The tasks of people, for reading.</summary>
sealed class TaskRoutes(DeskTasks tasks, TaskStream stream)
{
    public async Task<IResult> Show(string id, HttpContext http) =>
        await tasks.Find(id, http.RequestAborted) is var (task, entries) ? new Tagged(TaskView.Of(task, entries, http.User.Client())) : Unknown(id, http);

    public async Task<IResult> List(HttpContext http)
    {
        var (filter, refusal) = Filter(http.Request.Query);
        if (filter is null) return refusal!;

        var (rows, hasMore) = await tasks.List(filter, http.RequestAborted);
        var next = hasMore ? TaskCursor.Behind(rows[^1], filter.NewestFirst).Text : null;
        if (next is not null) http.Response.Headers.Append("Link", $"<{Links.Tasks}{Next(http.Request.Query, next)}>; rel=\"next\"");
        return new Tagged(new TaskList([.. rows.Select(TaskSummary.Of)], next));
    }

    public async Task<IResult> Follow(HttpContext http)
    {
        await stream.Send(http);
        return TypedResults.Empty;
    }

    /// <summary>What a list's query asks for; or what is wrong with it, all at once.</summary>
    public static (TaskFilter? Filter, IResult? Refusal) Filter(IQueryCollection query)
    {
        var faults = new List<string>();
        var state = One("state");
        if (state is not (null or States.Open or States.Claimed or States.Ended))
            faults.Add($"state is '{state}': send {States.Open}, {States.Claimed}, {States.Ended}, or leave it out for what waits for a person.");
        var sort = One("sort") ?? (state == States.Ended ? "newest" : "urgent");
        if (sort is not ("urgent" or "newest"))
            faults.Add($"sort is '{sort}': send urgent, for first the one whose time is up first, or newest.");
        if (!int.TryParse(One("limit") ?? $"{TaskFilter.UsualLimit}", NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > TaskFilter.MostLimit)
            faults.Add($"limit is '{One("limit")}': send a number from 1 to {TaskFilter.MostLimit}, or leave it out for {TaskFilter.UsualLimit}.");
        var after = One("cursor") is { } cursor ? TaskCursor.Parse(cursor) : null;
        if (One("cursor") is not null && after?.NewestFirst != (sort == "newest"))
            faults.Add("cursor is not one that this list gave out in this order: take it from nextCursor of the page before, or leave it out to begin anew.");
        if (faults.Count > 0) return (null, Problem.Of(StatusCodes.Status400BadRequest, string.Join(' ', faults)));

        return (new(state is null ? TaskFilter.Waiting : [state], One("queue"), One("order"), sort == "newest", limit, after is null ? null : (after.At, after.Id)), null);

        string? One(string name) => query[name].ToString() is { Length: > 0 } value ? value : null;
    }

    public static IResult Unknown(string id, HttpContext http)
    {
        http.Response.Headers.RetryAfter = "1";
        return Problem.Of(StatusCodes.Status404NotFound,
            $"There is no task {id}. If it was opened a moment ago, ask again in a second; otherwise take its address from the list, {Links.Tasks}.");
    }

    static string Next(IQueryCollection query, string cursor) => QueryString.Create(
        query.Where(part => part.Key != "cursor").Select(part => KeyValuePair.Create(part.Key, (string?)part.Value.ToString())).Append(new("cursor", cursor))).ToString();
}
