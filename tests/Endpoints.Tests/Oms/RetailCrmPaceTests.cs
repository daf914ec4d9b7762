using Dovetail.Endpoints.Oms;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Oms;

[TestClass]
public sealed class RetailCrmPaceTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task More_requests_than_the_account_allows_wait_for_the_next_second()
    {
        using var pace = new RetailCrmPace(Options.Create(new RetailCrmOptions { RequestsPerSecond = 5 }), TimeProvider.System);
        var begin = TimeProvider.System.GetTimestamp();
        for (var turn = 0; turn <= 10; turn++)
        {
            await pace.Turn(test.CancellationToken);
            Assert.IsGreaterThanOrEqualTo(TimeSpan.FromSeconds(turn / 5), TimeProvider.System.GetElapsedTime(begin));
        }
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_gives_up_waiting_takes_no_turn()
    {
        using var pace = new RetailCrmPace(Options.Create(new RetailCrmOptions { RequestsPerSecond = 1 }), TimeProvider.System);
        await pace.Turn(test.CancellationToken);
        using var impatient = new CancellationTokenSource();
        var waiting = pace.Turn(impatient.Token);

        await impatient.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        await pace.Turn(test.CancellationToken);
    }
}
