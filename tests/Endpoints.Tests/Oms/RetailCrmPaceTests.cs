using Dovetail.Endpoints.Oms;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Oms;

[TestClass]
public sealed class RetailCrmPaceTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task No_second_sees_more_requests_than_the_account_allows()
    {
        using var pace = new RetailCrmPace(Options.Create(new RetailCrmOptions { RequestsPerSecond = 5 }));
        var turns = new List<long>();
        for (var turn = 0; turn < 12; turn++)
        {
            await pace.Turn(test.CancellationToken);
            turns.Add(TimeProvider.System.GetTimestamp());
        }

        for (var turn = 5; turn < turns.Count; turn++)
            Assert.IsGreaterThan(TimeSpan.FromSeconds(1), TimeProvider.System.GetElapsedTime(turns[turn - 5], turns[turn]));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_gives_up_waiting_takes_no_turn()
    {
        using var pace = new RetailCrmPace(Options.Create(new RetailCrmOptions { RequestsPerSecond = 1 }));
        await pace.Turn(test.CancellationToken);
        using var impatient = new CancellationTokenSource();
        var waiting = pace.Turn(impatient.Token);

        await impatient.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => waiting);
        await pace.Turn(test.CancellationToken);
    }
}
