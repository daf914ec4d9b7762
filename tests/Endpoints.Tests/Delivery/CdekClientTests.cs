using System.Net;
using System.Text;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Delivery;

namespace Dovetail.Endpoints.Tests.Delivery;

[TestClass]
public sealed class CdekClientTests(TestContext test)
{
    const string Repetition =
        """
        {"entity":{"uuid":"u-2","statuses":[]},"requests":[{"type":"CREATE","state":"INVALID",
         "errors":[{"code":"error_validate_im_dep_number_has_already_had_integration","message":"exists"}]}]}
        """;
    const string Original = """{"entity":{"uuid":"u-1","cdek_number":"110","statuses":[]},"requests":[{"type":"CREATE","state":"SUCCESSFUL","errors":[]}]}""";
    const string NoSuchNumber = """{"requests":[{"type":"GET","state":"INVALID","errors":[{"code":"v2_entity_not_found_im_number","message":"none"}]}]}""";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_repetition_leads_to_the_original()
    {
        using var http = Answering(("/v2/orders/u-2", 200, Repetition), ("/v2/orders?im_number=A-1", 200, Original));

        Assert.AreEqual("u-1", (await new CdekClient(http).Find("A-1", "u-2", test.CancellationToken))!.Entity!.Uuid);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(400, NoSuchNumber)]
    [DataRow(200, Repetition)]
    public async Task A_repetition_whose_original_is_not_shown_is_no_answer(int status, string byNumber)
    {
        using var http = Answering(("/v2/orders/u-2", 200, Repetition), ("/v2/orders?im_number=A-1", status, byNumber));

        var lost = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => new CdekClient(http).Find("A-1", "u-2", test.CancellationToken));

        Assert.Contains("A-1", lost.Message);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(500, "{}")]
    [DataRow(429, "{}")]
    [DataRow(400, """{"requests":[{"type":"CREATE","state":"INVALID","errors":[{"code":"v2_internal_error","message":"sorry"}]}]}""")]
    [DataRow(400, """{"requests":[{"type":"CREATE","state":"INVALID","errors":[{"code":"v2_similar_request_still_processed","message":"wait"}]}]}""")]
    public async Task What_says_nothing_about_the_shipment_is_tried_again(int status, string body)
    {
        using var http = Answering(("/v2/orders", status, body));

        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => new CdekClient(http).Book(new { number = "A-1" }, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_the_account_may_not_do_goes_to_a_person()
    {
        using var http = Answering(("/v2/orders", 403, "{}"));

        await Assert.ThrowsExactlyAsync<RejectedException>(() => new CdekClient(http).Book(new { number = "A-1" }, test.CancellationToken));
    }

    static HttpClient Answering(params (string Path, int Status, string Body)[] answers) =>
        new(new Carrier(answers)) { BaseAddress = new("http://carrier/v2/") };

    sealed class Carrier((string Path, int Status, string Body)[] answers) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var (_, status, body) = answers.Single(answer => answer.Path == request.RequestUri!.PathAndQuery);
            return Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        }
    }
}
