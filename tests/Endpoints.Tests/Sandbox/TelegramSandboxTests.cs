using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Sandbox.Telegram;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class TelegramSandboxTests(TestContext test)
{
    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Posts_each_update_with_the_secret_until_it_is_taken_and_in_order()
    {
        var came = new ConcurrentQueue<(string? Secret, string Text)>();
        var all = new TaskCompletionSource();
        await using var hook = Hook(async context =>
        {
            var update = await context.Request.ReadFromJsonAsync<JsonObject>(context.RequestAborted);
            came.Enqueue((context.Request.Headers["X-Telegram-Bot-Api-Secret-Token"], (string)update!["message"]!["text"]!));
            if (came.Count == 4)
                all.SetResult();
            return Results.StatusCode(came.Count == 1 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        });
        await hook.StartAsync(test.CancellationToken);
        await using var host = await SandboxHost.Start(test.CancellationToken, settings: ("Sandbox:Telegram:Retry", "00:00:00.02"));
        using var http = new HttpClient { BaseAddress = host.Address };
        await Says(http, "one");
        host.Pull(new Lever("telegram-webhooks", LeverEffect.FailAfter, Match: "two", Times: 1));

        // What was said before anybody listened comes too.
        await http.GetAsync(new Uri($"telegram/bot{TelegramSandbox.Token}/setWebhook?url={hook.Urls.Single()}/&secret_token=s-1", UriKind.Relative), test.CancellationToken);
        await Says(http, "two");
        await all.Task.WaitAsync(test.CancellationToken);

        CollectionAssert.AreEqual(new[] { "one", "one", "two", "two" }, came.Select(delivery => delivery.Text).ToList());
        Assert.IsTrue(came.All(delivery => delivery.Secret == "s-1"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("form")]
    [DataRow("multipart")]
    [DataRow("query")]
    public async Task Takes_parameters_in_every_way_that_the_Bot_API_does(string way)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        using var http = new HttpClient { BaseAddress = host.Address };
        await Says(http, "/start");
        var address = new Uri($"telegram/bot{TelegramSandbox.Token}/sendMessage", UriKind.Relative);
        using var multipart = new MultipartFormDataContent { { new StringContent("7"), "chat_id" }, { new StringContent("hello"), "text" } };
        using var form = new FormUrlEncodedContent([new("chat_id", "7"), new("text", "hello")]);

        using var answer = way == "query"
            ? await http.GetAsync(new Uri($"{address}?chat_id=7&text=hello", UriKind.Relative), test.CancellationToken)
            : await http.PostAsync(address, way == "form" ? form : multipart, test.CancellationToken);

        Assert.IsTrue(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(test.CancellationToken));
        Assert.AreEqual("hello", (string?)(await host.Documents("telegram", null, test.CancellationToken)).Single()!["text"]);
    }

    async Task Says(HttpClient http, string text)
    {
        using var answer = await http.PostAsJsonAsync(new Uri("control/telegram/7/says", UriKind.Relative), new { text }, test.CancellationToken);
        Assert.IsTrue(answer.IsSuccessStatusCode);
    }

    static WebApplication Hook(Func<HttpContext, Task<IResult>> take)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/", take);
        return app;
    }
}
