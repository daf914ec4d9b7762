using Dovetail.Endpoints.Sandbox.Cdek;
using Dovetail.Endpoints.Sandbox.Telegram;

namespace Dovetail.Endpoints.Tests.Sandbox;

/// <summary>Client libraries that others wrote find in the stand-ins what they expect of the vendor.</summary>
[TestClass]
public sealed class IndependentClientTests(TestContext test)
{
    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task Stripes_own_client_works_with_the_stand_in()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        await NpmScript.Passes("stripe.mjs", test.CancellationToken, ("SANDBOX", host.Address.AbsoluteUri));
    }

    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task A_client_of_CDEK_works_with_the_stand_in_and_hears_its_news()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, null, ("Sandbox:Pace", "0.2"));

        await NpmScript.Passes(
            "cdek.mjs", test.CancellationToken, ("SANDBOX", host.Address.AbsoluteUri), ("ACCOUNT", CdekSandbox.ClientId), ("PASSWORD", CdekSandbox.ClientSecret));
    }

    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task A_client_of_Telegram_works_with_the_stand_in()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        await NpmScript.Passes("telegram.mjs", test.CancellationToken, ("SANDBOX", host.Address.AbsoluteUri), ("TOKEN", TelegramSandbox.Token));
    }
}
