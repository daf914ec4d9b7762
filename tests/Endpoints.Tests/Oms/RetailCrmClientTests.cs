using System.Net;
using System.Text;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Oms;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Oms;

[TestClass]
public sealed class RetailCrmClientTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(429)]
    [DataRow(503)]
    [DataRow(500)]
    public async Task A_busy_or_broken_oms_is_asked_again_later(int status)
    {
        using var account = new Account(_ => (status, "application/json", """{"success":false,"errorMsg":"Rate limit exceeded"}"""));

        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => account.Client.Find("A-1", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_page_for_people_means_that_there_is_no_such_account()
    {
        using var account = new Account(_ => (404, "text/html", "<html></html>"));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(() => account.Client.Find("A-1", test.CancellationToken));

        Assert.Contains("Oms:RetailCrm:BaseAddress", rejected.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_change_that_is_refused_goes_to_a_person_with_the_vendors_words()
    {
        using var account = new Account(_ => (400, "application/json", """{"success":false,"errorMsg":"Validation error","errors":{"status":"no such status"}}"""));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(
            () => account.Client.Edit("A-1", new { status = "complete" }, test.CancellationToken));

        Assert.Contains("A-1", rejected.Message);
        Assert.Contains("status: no such status", rejected.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Statuses_are_read_once_and_again_when_an_unknown_one_turns_up_or_time_has_passed()
    {
        var (status, own, reads) = ("new", "", 0);
        var clock = new ManualClock();
        using var account = new Account(
            path => path.EndsWith("reference/statuses", StringComparison.Ordinal)
                ? Statuses()
                : (200, "application/json", $$$"""{"success":true,"order":{"id":1,"status":"{{{status}}}","payments":[]}}"""),
            clock);
        (int, string, string) Statuses()
        {
            reads++;
            return (200, "application/json", $$$"""{"success":true,"statuses":{"new":{"code":"new","group":"new"}{{{own}}} } }""");
        }

        async Task<string> Group() => (await account.Client.Find("A-1", test.CancellationToken))!.Group;

        Assert.AreEqual("new", await Group());
        Assert.AreEqual("new", await Group());
        Assert.AreEqual(1, reads);

        (status, own) = ("second-hall", ""","second-hall":{"group":"assembling"}""");
        Assert.AreEqual("assembling", await Group());
        Assert.AreEqual(2, reads);

        clock.Advance(TimeSpan.FromMinutes(11));
        Assert.AreEqual("assembling", await Group());
        Assert.AreEqual(3, reads);

        status = "unlisted";
        Assert.AreEqual("", await Group());
    }

    sealed class Account : HttpMessageHandler
    {
        readonly Func<string, (int Status, string Type, string Body)> _answer;
        readonly RetailCrmPace _pace;
        readonly HttpClient _http;

        public Account(Func<string, (int Status, string Type, string Body)> answer, TimeProvider? time = null)
        {
            var options = Options.Create(new RetailCrmOptions { ApiKey = "key", Site = "shop", RequestsPerSecond = 1000 });
            (_answer, _pace, _http) = (answer, new(options, TimeProvider.System), new(this) { BaseAddress = new("http://account/api/v5/") });
            Client = new(_http, _pace, new(time ?? TimeProvider.System), options);
        }

        public RetailCrmClient Client { get; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var (status, type, body) = _answer(request.RequestUri!.AbsolutePath);
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) });
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
                _pace.Dispose();
        }
    }
}
