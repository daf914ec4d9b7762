using Spectre.Console;

namespace Dovetail.Hub.Demo;

/// <summary>Tells all stories at once and shows where each order stands, live in the terminal.</summary>
static class DemoScreen
{
    /// <returns>True if every story ended as it should.</returns>
    public static async Task<bool> Show(IReadOnlyList<Story> stories, DemoShop shop, CancellationToken cancellation)
    {
        var run = Convert.ToHexString(Guid.NewGuid().ToByteArray()[..2]);
        var lines = stories.Select((story, index) => new Line(story, $"DEMO-{run}-{index + 1}")).ToList();
        await AnsiConsole.Live(Picture(lines)).StartAsync(async screen =>
        {
            var telling = Task.WhenAll(lines.Select(line => line.Tell(shop, cancellation)));
            while (!telling.IsCompleted)
            {
                screen.UpdateTarget(Picture(lines));
                await Task.WhenAny(telling, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None));
            }
            screen.UpdateTarget(Picture(lines));
        });

        foreach (var line in lines.Where(line => line.Failure is not null))
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{line.Story.Title}[/]: {line.Failure}");
            foreach (var entry in line.Journey?.Entries ?? []) AnsiConsole.MarkupLineInterpolated($"  {entry.At:HH:mm:ss.fff} {entry.Text}");
        }
        var right = lines.Count(line => line.Failure is null);
        AnsiConsole.MarkupLineInterpolated($"{right} of {lines.Count} stories ended as they should.");
        return right == lines.Count;
    }

    static Table Picture(IEnumerable<Line> lines)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Story", "Order", "Where it stands", "Who acts next");
        foreach (var line in lines)
        {
            var stands = line.Journey?.Stands;
            table.AddRow(
                new Text(line.Story.Title),
                new Text(line.OrderId),
                new Text(line.Journey is { Entries: [.., var last] } ? last.Text : "on its way to the hub"),
                line.Done
                    ? line.Failure is null ? new Markup($"[green]as it should: {line.Story.Ends}[/]") : new Markup("[red]not as it should[/]")
                    : new Text(stands?.Owner is { } owner ? $"{owner}: {stands.Waiting}" : ""));
        }
        return table;
    }

    sealed class Line(Story story, string orderId)
    {
        public Story Story => story;

        public string OrderId => orderId;

        public Journey? Journey { get; private set; }

        public bool Done { get; private set; }

        public string? Failure { get; private set; }

        public async Task Tell(DemoShop shop, CancellationToken cancellation)
        {
            var telling = new Telling(shop, orderId, journey => Journey = journey, cancellation);
            try
            {
                await story.Tell(telling);
                if (telling.Last?.Status != story.Ends) Failure = $"the order ended as '{telling.Last?.Status}', not as '{story.Ends}'";
            }
            catch (Exception failure) when (failure is StoryException or HttpRequestException)
            {
                Failure = failure.Message;
            }
            catch (OperationCanceledException)
            {
                Failure = "the story took too long";
            }
            Done = true;
        }
    }
}
