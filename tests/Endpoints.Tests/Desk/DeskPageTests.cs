using System.Net;
using System.Text.RegularExpressions;
using Dovetail.Contracts.Tasks;

namespace Dovetail.Endpoints.Tests.Desk;

[TestClass]
public sealed class DeskPageTests(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_list_leads_to_each_task()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        Assert.Contains("No task waits for anybody right now.", await Page(desk.Olga, "/desk"));
        await desk.Arrive(Cancellation, DeskHost.Opened());

        var page = await Page(desk.Olga, "/desk");

        Assert.Contains("<a href=\"/desk/A-1.task.1\">Order A-1</a>", page);
        Assert.Contains("Out of stock: Desk lamp. What does the customer get instead?", page);
        Assert.Contains("<dd>nobody yet</dd>", page);
        Assert.Contains("data-events=\"/v1/tasks/events?after=1\"", page);
        Assert.DoesNotContain("A-1", await Page(desk.Olga, "/desk?state=ended"));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Only_who_has_the_task_can_decide_and_only_while_it_lasts()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        await desk.Arrive(Cancellation, DeskHost.Opened());
        var open = await Page(desk.Olga, "/desk/A-1.task.1");
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"));
        var (mine, others) = (await Page(desk.Olga, "/desk/A-1.task.1"), await Page(desk.Ivan, "/desk/A-1.task.1"));
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"), DeskHost.Ended(3, TaskOutcome.Answered, "olga decided", "olga"));
        var ended = await Page(desk.Olga, "/desk/A-1.task.1");

        Assert.AreEqual("claim", Actions(open));
        Assert.AreEqual("release answer cancel", Actions(mine));
        Assert.Contains("<legend>Instead of Desk lamp</legend>", mine);
        Assert.Contains("data-currency=\"RUB\" data-rest=\"750\" data-agreed=\"4240\"", mine);
        Assert.DoesNotContain("Instead of Light bulb", mine);
        Assert.AreEqual("", Actions(others));
        Assert.Contains("olga has it.", others);
        Assert.AreEqual("", Actions(ended));
        Assert.Contains("It has ended. Olga decided.", ended);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_call_shows_where_to_call_to_who_has_it_alone()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        await desk.Arrive(Cancellation, DeskHost.Call());
        var open = await Page(desk.Olga, "/desk/A-1.task.1");
        await desk.Arrive(Cancellation, DeskHost.Call(), DeskHost.Claimed(2, "olga"));
        var (mine, others) = (await Page(desk.Olga, "/desk/A-1.task.1"), await Page(desk.Ivan, "/desk/A-1.task.1"));
        await desk.Arrive(Cancellation, DeskHost.Call(), DeskHost.Claimed(2, "olga"), DeskHost.Ended(3, TaskOutcome.Answered, "olga reached the customer", "olga"));
        var ended = await Page(desk.Olga, "/desk/A-1.task.1");

        Assert.AreEqual("claim|answer answer release||", $"{Actions(open)}|{Actions(mine)}|{Actions(others)}|{Actions(ended)}");
        Assert.Contains("Tell the customer that the goods are on their way", open);
        Assert.Contains("Anna Petrova", mine);
        Assert.Contains("data-body=\"{&quot;reached&quot;:false}\"", mine);
        foreach (var page in new[] { open, others, ended, await Page(desk.Olga, "/desk"), await Page(desk.Olga, "/desk?state=ended") }) Assert.DoesNotContain("Petrova", page);
        Assert.Contains("It has ended. Olga reached the customer.", ended);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Nothing_unescaped_and_nothing_from_elsewhere_is_on_the_pages()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        const string Hostile = "<script>alert('x')</script>";
        await desk.Arrive(Cancellation, DeskHost.Opened() with { Question = Hostile, Lines = [DeskHost.Line("1", "<b>", Hostile, 1, 3490m)] }, DeskHost.Claimed(2, "olga"));

        foreach (var path in new[] { "/desk", "/desk/A-1.task.1" })
        {
            using var answer = await desk.Olga.GetAsync(path, Cancellation);
            var page = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
            Assert.AreEqual("no-store", answer.Headers.CacheControl!.ToString());
            foreach (var raw in new[] { "<script>alert", "<b>", "<style", " style=", "https://", "onclick" }) Assert.DoesNotContain(raw, page);
            var assets = Regex.Matches(page, "(?:href|src)=\"(/desk/assets/[^\"]*)\"").Select(match => match.Groups[1].Value).ToList();
            Assert.HasCount(4, assets);
            foreach (var address in assets) Assert.AreEqual(HttpStatusCode.OK, (await desk.Olga.GetAsync(address, Cancellation)).StatusCode, address);
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_task_that_is_not_there_is_a_page_too()
    {
        await using var desk = await DeskHost.Start(Cancellation);
        using var answer = await desk.Olga.GetAsync("/desk/A-9.task.1", Cancellation);
        Assert.AreEqual(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("There is no such task", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    async Task<string> Page(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Cancellation);
        Assert.AreEqual((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        return await answer.Content.ReadAsStringAsync(Cancellation);
    }

    /// <summary>What can be done from a page.</summary>
    static string Actions(string page) =>
        string.Join(' ', Regex.Matches(page, "data-action=\"([^\"]*)\"").Concat(Regex.Matches(page, "<form id=\"([^\"]*)\"")).Select(match => match.Groups[1].Value));
}
