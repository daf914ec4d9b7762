using System.Net;
using System.Text;
using Dovetail.Endpoints.Loyalty;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Loyalty;

[TestClass]
public sealed class LoymaxClientTests(TestContext test)
{
    [TestMethod]
    [DataRow("""{"data":[{"code":"ParseError","errorMessage":"Card +79990000000 is odd"}]}""")]
    [DataRow("""{"data":[],"result":{"state":"Error","message":"Card +79990000000 is odd"}}""")]
    public async Task A_card_that_is_a_phone_number_stays_out_of_what_is_logged(string answer)
    {
        var tokens = new LoymaxTokens(TimeProvider.System);
        tokens.Keep("+79990000000", new("token", 3600));
        using var http = new HttpClient(new Answering(answer)) { BaseAddress = new("http://vendor.example/") };
        var client = new LoymaxClient(http, Options.Create(new LoymaxOptions()), tokens);

        string told;
        try
        {
            told = (await client.Purchase("A-1", "Bonus", "+79990000000", new("A-1/accrue/1", DateTimeOffset.UnixEpoch), test.CancellationToken))!.ErrorMessage!;
        }
        catch (HttpRequestException failure)
        {
            told = failure.Message;
        }

        Assert.Contains("Card (the customer's card) is odd", told);
        Assert.DoesNotContain("+7999", told);
    }

    sealed class Answering(string json) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") });
    }
}
