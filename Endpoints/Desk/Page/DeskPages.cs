using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Desk.Reading;
using Dovetail.Endpoints.Identity;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Desk.Page;

/// <summary>The desk for people with a browser, behind the sign-in of the console.</summary>
sealed class DeskPages(DeskTasks tasks)
{
    const string Folder = "/desk/assets";

    // The first two are those of the other pages, so that all look alike.
    public static readonly Asset[] Styles = [Asset.Load(Folder, "track.css"), Asset.Load(Folder, "attention.css"), Asset.Load(Folder, "desk.css")];
    public static readonly Asset Script = Asset.Load(Folder, "desk.js");

    public async Task<IResult> List(HttpContext http)
    {
        var (filter, refusal) = TaskRoutes.Filter(http.Request.Query);
        if (filter is null) return refusal!;
        var (rows, hasMore) = await tasks.List(filter, http.RequestAborted);
        return WebPage.Html(http, ListPage.Of(filter, rows, hasMore, await tasks.LastNumber(http.RequestAborted)));
    }

    public async Task<IResult> Task(string id, HttpContext http) => await tasks.Find(id, http.RequestAborted) is var (task, entries)
        ? WebPage.Html(http, TaskPage.Of(task, entries, http.User.Client()))
        : WebPage.Html(http, Frame.Of("No such task", "<h1>There is no such task</h1>\n<p class=\"lead\">Take it from <a href=\"/desk\">the list</a>.</p>"), StatusCodes.Status404NotFound);

    public static IResult File(string file, HttpContext http) => WebPage.File(http, file, [.. Styles, Script]);
}
