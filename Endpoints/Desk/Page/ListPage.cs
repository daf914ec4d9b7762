using System.Globalization;
using System.Text;
using Dovetail.Endpoints.Desk.Reading;
using static Dovetail.Endpoints.Desk.Page.Frame;

namespace Dovetail.Endpoints.Desk.Page;

/// <summary>The list of tasks as HTML.</summary>
static class ListPage
{
    /// <param name="upTo">Number of the last entry that the list knows: what comes after it makes the page ask again.</param>
    public static string Of(TaskFilter filter, IReadOnlyList<TaskRow> rows, bool hasMore, long upTo)
    {
        var list = new StringBuilder();
        foreach (var row in rows) Add(list, row);
        var isOver = filter.States is [States.Ended];
        return Frame.Of("Tasks", $"""
            <h1>{(isOver ? "Tasks that have ended" : "Tasks that wait for a person")}</h1>
            <p class="result" role="status"></p>
            <div id="live">
            <p class="lead">{Lead(rows.Count, isOver)}</p>
            {list}{(hasMore ? More(filter, rows[^1]) : "")}</div>
            <p class="lead">{(isOver ? "<a href=\"/desk\">Those that wait</a>" : "<a href=\"/desk?state=ended\">Those that have ended</a>")}</p>
            """, body: string.Create(CultureInfo.InvariantCulture, $" data-events=\"/v1/tasks/events?after={upTo}\""));
    }

    static string Lead(int shown, bool isOver) => (shown, isOver) switch
    {
        (0, false) => "No task waits for anybody right now.",
        (0, true) => "No task has ended yet.",
        (_, false) => "First the one whose time is up first.",
        _ => "The newest first.",
    };

    static void Add(StringBuilder list, TaskRow task) => list.Append(CultureInfo.InvariantCulture, $"""
        <article class="task">
        <h2><a href="/desk/{Text(task.Id)}">Order {Text(task.OrderId)}</a></h2>
        <p>{Text(Capital(task.Question!))}</p>
        <dl>
        <div><dt>Queue</dt><dd>{Text(task.Queue)}</dd></div>
        <div><dt>Who has it</dt><dd>{Text(task.Claimant ?? (task.State == States.Ended ? task.How ?? "nobody any more" : "nobody yet"))}</dd></div>
        <div><dt>Since</dt><dd>{Time(task.OpenedAt!.Value)}</dd></div>
        {(task.Deadline is { } deadline ? $"<div><dt>Next at</dt><dd>{Time(deadline)}</dd></div>" : "")}
        </dl>
        </article>

        """);

    static string More(TaskFilter filter, TaskRow last) =>
        $"<p class=\"do\"><a href=\"/desk?{(filter.States is [var state] ? $"state={state}&amp;" : "")}cursor={TaskCursor.Behind(last, filter.NewestFirst).Text}\">More</a></p>";
}
