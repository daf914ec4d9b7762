using Spectre.Console;

namespace Dovetail.Hub.Demo;

/// <summary>Tells all stories at once and shows where each order stands, live in the terminal.</summary>
static class DemoScreen
{
    static readonly TimeSpan BetweenPictures = TimeSpan.FromMilliseconds(100);

    /// <returns>True if every story ended as it should.</returns>
    public static async Task<bool> Show(IReadOnlyList<Story> stories, DemoShop shop, CancellationToken cancellation)
    {
        var run = Convert.ToHexString(Guid.NewGuid().ToByteArray()[..2]);
        var lines = stories.Select((story, index) => new Line(story, $"DEMO-{run}-{index + 1}")).ToList();
        var telling = Task.WhenAll(lines.Select(line => line.Tell(shop, cancellation)));
        if (Console.IsOutputRedirected) await Log(lines, telling);
        else await Live(lines, telling);

        foreach (var line in lines.Where(line => line.Failure is not null))
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{line.Story.Title}[/]: {line.Failure}");
            foreach (var entry in line.Journey?.Entries ?? []) AnsiConsole.MarkupLineInterpolated($"  {entry.At:HH:mm:ss.fff} {entry.Text}");
        }
        var right = lines.Count(line => line.Failure is null);
        AnsiConsole.MarkupLineInterpolated($"{right} of {lines.Count} stories ended as they should.");
        return right == lines.Count;
    }

    static Task Live(List<Line> lines, Task telling) => AnsiConsole.Live(Picture(lines)).StartAsync(async screen =>
    {
        while (!telling.IsCompleted)
        {
            screen.UpdateTarget(Picture(lines));
            await Task.WhenAny(telling, Task.Delay(BetweenPictures, TimeProvider.System, CancellationToken.None));
        }
        screen.UpdateTarget(Picture(lines));
    });

    /// <summary>A line for each thing that happens, for whoever has no terminal.</summary>
    static async Task Log(List<Line> lines, Task telling)
    {
        var written = new Dictionary<Line, int>();
        while (true)
        {
            var last = telling.IsCompleted;
            foreach (var line in lines)
            {
                var entries = line.Journey?.Entries ?? [];
                foreach (var entry in entries.Skip(written.GetValueOrDefault(line))) Console.WriteLine($"{entry.At:HH:mm:ss.fff} {line.OrderId}: {entry.Text}");
                written[line] = entries.Count;
            }
            if (last) return;
            await Task.WhenAny(telling, Task.Delay(BetweenPictures, TimeProvider.System, CancellationToken.None));
        }
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
