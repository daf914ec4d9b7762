using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Twin;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Sessions of processes that end between commit and dispatch, on stores that are apart from the queues. Derive one class for each pair.</summary>
public abstract class SessionCrashContract(TestContext test) : BusContract(test)
{
    [Scenario(187, 188)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_session_committed_is_dispatched_by_whoever_runs_the_endpoint_next()
    {
        var tried = 0;
        await using (var dying = await Start(("Sales", (sales, _) => Planted.Sending(() =>
        {
            tried++;
            throw new IOException("The process is gone.");
        })(sales.Settings))))
        {
            await using var scope = dying.Services.CreateAsyncScope();
            await using var session = Scenario.TransactionalSession(scope, "Sales");
            await session.Open(new InMemoryOpenSessionOptions(), Cancellation);
            await session.Send("Sales", new AnswerMessage("committed"), Cancellation);
            await session.Commit(Cancellation);
        }
        Assert.IsGreaterThan(0, tried, "It was sent with the commit: there is nothing to be found afterwards.");
        Assert.AreEqual(0, await Waiting("Sales"));

        await using var next = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        Assert.AreEqual("committed", (await next.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
    }
}
