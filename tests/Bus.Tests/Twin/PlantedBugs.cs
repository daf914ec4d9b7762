using Dovetail.Bus.Messages;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>Asks nobody whether a message was handled before.</summary>
sealed class SkipsTheDedupe(IStore real) : FaultyStore(real)
{
    public override Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation) => Task.FromResult<OutboxRecord?>(null);

    // Nor does it sweep what it keeps under ids that nobody asks for.
    public override Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation) => new TaskCompletionSource<IReadOnlyList<string>>().Task;

    public override Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation) => Real.Commit(
        Copy(work, work.Incoming! with { Headers = new(work.Incoming.Headers) { [Headers.MessageId] = Chance.NewGuid().ToString() } }), cancellation);
}

/// <summary>Knows that a message was handled, but not what it may still have to dispatch.</summary>
sealed class ForgetsWhatIsLeft(IStore real) : FaultyStore(real)
{
    public override async Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation) =>
        await Real.FindOutbox(messageId, cancellation) is { } record ? record with { Operations = [] } : null;
}

/// <summary>Overwrites whatever another message did to the saga meanwhile.</summary>
sealed class DropsTheVersionCheck(IStore real) : FaultyStore(real)
{
    public override async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        for (var i = 0; i < work.Sagas.Count; i++)
        {
            var change = work.Sagas[i];
            if (change.ReadAt is not null && await Real.FindSaga(change.Saga, new SagaKey.ById(change.Data.Id), cancellation) is { } now)
                work.Sagas[i] = change with { ReadAt = now.Concurrency };
        }
        return await Real.Commit(work, cancellation);
    }
}

/// <summary>Lets messages out before it is certain that what they tell of is kept.</summary>
sealed class DispatchesBeforeTheCommit(IStore real, ITransport transport) : FaultyStore(real)
{
    public override async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        await transport.Send(work.Outgoing, cancellation);
        work.Outgoing.Clear();
        return await Real.Commit(work, cancellation);
    }
}

/// <summary>Keeps the state in one commit and the messages in the next.</summary>
sealed class CommitsStateApartFromMessages(IStore real) : FaultyStore(real)
{
    public override async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        var messages = new UnitOfWork(null, Real.OpenSession());
        messages.Outgoing.AddRange(work.Outgoing);
        work.Outgoing.Clear();
        var committed = await Real.Commit(work, cancellation);
        var late = await Real.Commit(messages, cancellation);
        return committed with { ToDispatch = late.ToDispatch };
    }
}

/// <summary>Commits although somebody else has the message by now.</summary>
sealed class CommitsWithoutTheLease(IStore real) : FaultyStore(real)
{
    public override async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        try
        {
            return await Real.Commit(work, cancellation);
        }
        catch (LeaseLostException)
        {
            return await Real.Commit(Copy(work, incoming: null), cancellation);
        }
    }
}

/// <summary>Ends the message in a step of its own after the commit, where both could be one.</summary>
sealed class EndsTheMessageAfterTheCommit(IStore real) : FaultyStore(real)
{
    public override async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation) =>
        await Real.Commit(Copy(work, incoming: null), cancellation) with { IncomingSettled = false };
}

/// <summary>Lets go of the message before what it led to is dispatched.</summary>
sealed class SettlesBeforeItDispatches(IStore real, ITransport transport) : FaultyStore(real)
{
    public override async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        var committed = await Real.Commit(work, cancellation);
        await using var receiver = transport.Receive(work.Incoming!.Queue);
        await receiver.Settle(work.Incoming, cancellation);
        return committed with { IncomingSettled = true };
    }
}

/// <summary>Has nobody look for what was committed and then left.</summary>
sealed class NobodySweeps(IStore real) : FaultyStore(real)
{
    public override Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation) => new TaskCompletionSource<IReadOnlyList<string>>().Task;
}

/// <summary>Notes that messages were sent before they are.</summary>
sealed class MarksBeforeItDispatches(IStore real) : FaultyStore(real)
{
    public override async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        var committed = await Real.Commit(work, cancellation);
        await Real.MarkDispatched([work.Id!], cancellation);
        return committed;
    }
}

/// <summary>Forgets what is old, whether it was sent or not.</summary>
sealed class ForgetsWhatWasNotDispatched(IStore real, TimeProvider time) : FaultyStore(real)
{
    public override async Task<int> ForgetDispatched(DateTimeOffset before, int most, CancellationToken cancellation)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
        try
        {
            var old = await Real.WaitForUndispatched(time.GetUtcNow() - before, 0, soon.Token);
            await Real.MarkDispatched([.. old], cancellation);
        }
        catch (OperationCanceledException) when (soon.IsCancellationRequested)
        {
            // There is nothing old that was not sent.
        }
        return await Real.ForgetDispatched(before, most, cancellation);
    }
}

/// <summary>Asks nobody whether a timeout was taken back.</summary>
sealed class RingsWhatWasCancelled(IStore real) : FaultyStore(real)
{
    public override Task<bool> IsPending(Guid sagaId, string timeoutId, CancellationToken cancellation) => Task.FromResult(true);
}

/// <summary>Leaves the rows of timeouts to a commit of their own.</summary>
sealed class CommitsTimeoutsApart(IStore real) : FaultyStore(real)
{
    public override async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        var rows = new UnitOfWork(null, Real.OpenSession());
        rows.Timeouts.AddRange(work.Timeouts);
        work.Timeouts.Clear();
        var committed = await Real.Commit(work, cancellation);
        await Real.Commit(rows, cancellation);
        return committed;
    }
}

/// <summary>Notes that timeouts were sent before they are.</summary>
sealed class MarksTimeoutsBeforeTheyAreSent(IStore real) : FaultyStore(real)
{
    public override async Task<IReadOnlyList<DueTimeout>> WaitForDueTimeouts(TimeSpan patience, CancellationToken cancellation)
    {
        var due = await Real.WaitForDueTimeouts(patience, cancellation);
        await Real.MarkSent([.. due], cancellation);
        return due;
    }
}

/// <summary>Acknowledges messages as it takes them.</summary>
sealed class AcknowledgesBeforeTheCommit(IReceiver real) : FaultyReceiver(real)
{
    public override async Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation)
    {
        var taken = await Real.Take(most, cancellation);
        foreach (var message in taken) await Real.Settle(message, cancellation);
        return taken;
    }

    public override Task Settle(ReceivedMessage message, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>Lets go of a failed message before its copy for later is safe.</summary>
sealed class LosesWhatItMoves(IReceiver real, ITransport transport) : FaultyReceiver(real)
{
    public override async Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation)
    {
        await Real.Settle(message, cancellation);
        await transport.Send([copy], cancellation);
    }
}

/// <summary>Drops a message that should be given back.</summary>
sealed class DropsWhatItGivesBack(IReceiver real) : FaultyReceiver(real)
{
    public override Task Release(ReceivedMessage message, CancellationToken cancellation) => Real.Settle(message, cancellation);
}
