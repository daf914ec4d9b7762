using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dovetail.Hub.Demo;

/// <summary>Tells all stories at once and shows where each order stands, live in the terminal.</summary>
static class DemoScreen
{
    static readonly TimeSpan BetweenPictures = TimeSpan.FromMilliseconds(100);

    /// <returns>True if every story ended as it should.</returns>
    public static async Task<bool> Show(IReadOnlyList<Story> stories, DemoShop shop, CancellationToken cancellation)
    {
        var run = Convert.ToHexString(Guid.NewGuid().ToByteArray()[..2]);
        var told = stories.Select((story, index) => new Told(story, $"DEMO-{run}-{index + 1:00}")).ToList();
        var telling = Task.WhenAll(told.Select(story => story.Tell(shop, cancellation)));
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi) await Log(told, telling);
        else await Live(told, telling);

        Console.WriteLine();
        foreach (var story in told.Where(story => story.Failure is not null))
        {
            Console.WriteLine($"{story.OrderId}, \"{story.Story.Title}\", did not end as it should: {story.Failure}");
            foreach (var entry in story.Journey?.Entries ?? []) Console.WriteLine(Line(entry));
        }
        var right = told.Count(story => story.Failure is null);
        Console.WriteLine($"{right} of {told.Count} stories ended as they should.");
        return right == told.Count;
    }

    static Task Live(List<Told> told, Task telling) => AnsiConsole.Live(Picture(told)).StartAsync(async screen =>
    {
        var shown = "";
        while (true)
        {
            var last = telling.IsCompleted;

            // Drawn only when something changed: a terminal that is written to all the time flickers.
            var now = string.Join('|', told.Select(story => $"{story.Journey?.Entries.Count}{story.Done}")) + AnsiConsole.Profile.Width;
            if (now != shown) screen.UpdateTarget(Picture(told));
            if (last) return;
            shown = now;
            await Task.WhenAny(telling, Task.Delay(BetweenPictures, TimeProvider.System, CancellationToken.None));
        }
    });

    /// <summary>Two lines a story, whatever happens in it: nothing jumps, and ten stories fit into the smallest usual terminal, 80 by 24.</summary>
    static Rows Picture(IEnumerable<Told> told) => new(told.SelectMany(Picture));

    static IEnumerable<IRenderable> Picture(Told story)
    {
        var (mark, colour) = story switch
        {
            { Done: false } => ("»", Color.Blue),
            { Failure: null } => ("✓", Color.Green),
            _ => ("✗", Color.Red),
        };
        yield return Fitted($"{mark} {story.Story.Title}{(story is { Done: false, Journey.Stands.Owner: { } owner } ? $" → {owner}" : "")}", new Style(colour, decoration: Decoration.Bold));
        yield return Fitted($"  {Outlook(story)}", Style.Plain);
    }

    static string Outlook(Told story) => story switch
    {
        { Done: true, Failure: null } => $"Ended as it should: {story.Story.Ends}, and the books of the stand-ins agree.",
        { Done: true } => "Did not end as it should: see below.",
        { Journey.Entries: [.., var last] } => last.Text,
        _ => "The shop places the order.",
    };

    static Text Fitted(string text, Style style)
    {
        var width = AnsiConsole.Profile.Width - 1;
        return new Text(text.Length <= width ? text : text[..(width - 1)] + "…", style);
    }

    /// <summary>A line for each thing that happens, for whoever has no terminal.</summary>
    static async Task Log(List<Told> told, Task telling)
    {
        foreach (var story in told) Console.WriteLine($"{story.OrderId} tells: {story.Story.Title}");
        Console.WriteLine();
        var written = new Dictionary<Told, int>();
        while (true)
        {
            var last = telling.IsCompleted;
            foreach (var story in told)
            {
                var entries = story.Journey?.Entries ?? [];
                foreach (var entry in entries.Skip(written.GetValueOrDefault(story))) Console.WriteLine($"{story.OrderId}{Line(entry)}");
                written[story] = entries.Count;
            }
            if (last) return;
            await Task.WhenAny(telling, Task.Delay(BetweenPictures, TimeProvider.System, CancellationToken.None));
        }
    }

    static string Line(Journey.Entry entry) => $"  {entry.At:HH:mm:ss.fff} {entry.Text}";
}
