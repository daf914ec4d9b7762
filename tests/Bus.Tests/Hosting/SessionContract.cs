using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Persistence;
using NServiceBus.Persistence.Sql;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What sessions outside handlers must do on every transport and store. Derive one class for each pair.</summary>
public abstract class SessionContract(TestContext test) : BusContract(test)
{
    [Scenario(185, 191)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(false), DataRow(true)]
    public async Task Data_and_messages_leave_together_at_the_commit(bool withOutbox)
    {
        await using var scenario = await StartSales(withOutbox);
        await using var scope = scenario.Services.CreateAsyncScope();
        await using var session = await Opened(scope);
        Save(session.SynchronizedStorageSession, () => scenario.Notes.Write("saved"));
        await session.Send("Sales", new AnswerMessage("sent"), Cancellation);
        await session.Publish(new HappenedEvent("published"), Cancellation);
        Assert.IsEmpty(scenario.Notes.Of<string>());

        await session.Commit(Cancellation);

        Assert.AreEqual("saved", scenario.Notes.Of<string>()[0]);
        Assert.AreEqual("sent", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
        Assert.AreEqual("shipping published", (await scenario.Notes.Until<string>(2, Cancellation))[1]);
    }

    [Scenario(186)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_session_that_is_not_committed_stores_and_sends_nothing()
    {
        await using var scenario = await StartSales();
        await using (var scope = scenario.Services.CreateAsyncScope())
        {
            await using var session = await Opened(scope);
            Save(session.SynchronizedStorageSession, () => scenario.Notes.Write("saved"));
            await session.Send("Sales", new AnswerMessage("never"), Cancellation);
        }

        await NothingElseThan("by hand", scenario);
        Assert.IsEmpty(scenario.Notes.Of<string>());
    }

    [Scenario(228)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_commit_that_fails_stores_and_sends_nothing_and_is_not_to_be_repeated()
    {
        await using var scenario = await StartSales();
        await using var scope = scenario.Services.CreateAsyncScope();
        await using var session = await Opened(scope);
        await session.Send("Sales", new AnswerMessage("never"), Cancellation);
        Save(session.SynchronizedStorageSession, () => throw new InvalidOperationException("no room for it"));

        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => session.Commit(Cancellation));

        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => session.Commit(Cancellation));
        await NothingElseThan("by hand", scenario);
    }

    [Scenario(144)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_asks_for_immediate_dispatch_leaves_before_the_commit()
    {
        await using var scenario = await StartSales();
        await using var scope = scenario.Services.CreateAsyncScope();
        await using var session = await Opened(scope);
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.RequireImmediateDispatch();

        await session.Send(new AnswerMessage("at once"), options, Cancellation);

        Assert.AreEqual("at once", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
    }

    [Scenario(189)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_session_is_opened_once_committed_once_and_not_used_before_or_after()
    {
        await using var scenario = await StartSales();
        await using var scope = scenario.Services.CreateAsyncScope();
        var session = Scenario.TransactionalSession(scope.ServiceProvider, "Sales");
        await MayNotBeUsed<InvalidOperationException>(session);

        await session.Open(new InMemoryOpenSessionOptions(), Cancellation);
        Assert.IsTrue(Guid.TryParseExact(session.SessionId, "D", out _), session.SessionId);
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => session.Open(new InMemoryOpenSessionOptions(), Cancellation));
        await session.Commit(Cancellation);
        await MayNotBeUsed<InvalidOperationException>(session);
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => session.Open(new InMemoryOpenSessionOptions(), Cancellation));

        await session.DisposeAsync();
        await MayNotBeUsed<ObjectDisposedException>(session);
        await Assert.ThrowsExactlyAsync<ObjectDisposedException>(() => session.Open(new InMemoryOpenSessionOptions(), Cancellation));
        await session.DisposeAsync();
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_message_session_beside_it_sends_at_once()
    {
        await using var scenario = await StartSales();
        await using var scope = scenario.Services.CreateAsyncScope();
        await using var session = await Opened(scope);

        await scenario.Session("Sales").SendLocal(new AnswerMessage("at once"), Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
    }

    [Scenario(190)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_endpoint_that_only_sends_has_sessions_too()
    {
        await using var scenario = await Start(
            ("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()),
            ("Web", (web, _) =>
            {
                web.SendOnly();
                web.Settings.TransactionalSession = new TransactionalSessionOptions { ProcessorEndpoint = "Sales" };
            }
        ));
        await using var scope = scenario.Services.CreateAsyncScope();
        await using var session = await Opened(scope, "Web");

        await session.Send("Sales", new AnswerMessage("sent"), Cancellation);
        await session.Commit(Cancellation);

        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
    }

    [TestMethod]
    public async Task Whoever_receives_messages_names_no_other_endpoint_to_dispatch_for_it()
    {
        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Start(
            ("Sales", (sales, _) => sales.Settings.TransactionalSession = new TransactionalSessionOptions { ProcessorEndpoint = "Billing" })));

        StringAssert.Contains(failure.Message, "ProcessorEndpoint");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_scope_hands_out_the_storage_session_of_the_session_that_is_open_in_it()
    {
        await using var scenario = await StartSales();
        await using var scope = scenario.Services.CreateAsyncScope();
        Assert.ThrowsExactly<InvalidOperationException>(scope.ServiceProvider.GetRequiredService<ISynchronizedStorageSession>);

        await using var session = await Opened(scope);

        Assert.AreSame(session.SynchronizedStorageSession, scope.ServiceProvider.GetRequiredService<ISynchronizedStorageSession>());
    }

    [Scenario(145)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_has_the_storage_session_of_its_context_injected()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<ComparesSessionsHandler>()));

        await scenario.Session("Sales").SendLocal(new AskCommand("the same?"), Cancellation);

        Assert.AreEqual("the same", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    /// <summary>Joins business data to the commit, on whatever store.</summary>
    internal static void Save(ISynchronizedStorageSession session, Action change)
    {
        if (session is not ISqlStorageSession sql)
        {
            session.OnCommit(change);
            return;
        }
        sql.OnSaveChanges((_, _) =>
        {
            change();
            return Task.CompletedTask;
        });
    }

    Task<Scenario> StartSales(bool withOutbox = false) => Start(("Sales", (sales, _) =>
    {
        if (withOutbox) sales.EnableOutbox();
        sales.AddHandler<AnswerHandler>();
        sales.AddHandler<AnythingHappenedHandler>();
    }
    ));

    async Task<ITransactionalSession> Opened(AsyncServiceScope scope, string endpoint = "Sales")
    {
        var session = Scenario.TransactionalSession(scope.ServiceProvider, endpoint);
        await session.Open(new InMemoryOpenSessionOptions(), Cancellation);
        return session;
    }

    async Task NothingElseThan(string sent, Scenario scenario)
    {
        await scenario.Session("Sales").SendLocal(new AnswerMessage(sent), Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        await Settled("Sales");
        Assert.AreEqual(sent, Assert.ContainsSingle(scenario.Notes.Of<AnswerMessage>()).Text);
    }

    async Task MayNotBeUsed<TFailure>(ITransactionalSession session) where TFailure : Exception
    {
        Assert.ThrowsExactly<TFailure>(() => session.SynchronizedStorageSession);
        await Assert.ThrowsExactlyAsync<TFailure>(() => session.Send("Sales", new AnswerMessage("no"), Cancellation));
        await Assert.ThrowsExactlyAsync<TFailure>(() => session.Publish(new HappenedEvent("no"), Cancellation));
        await Assert.ThrowsExactlyAsync<TFailure>(() => session.Commit(Cancellation));
    }

    sealed class ComparesSessionsHandler(ISynchronizedStorageSession injected, Notes notes) : IHandleMessages<AskCommand>
    {
        public Task Handle(AskCommand message, IMessageHandlerContext context)
        {
            notes.Write(ReferenceEquals(injected, context.SynchronizedStorageSession) ? "the same" : "another");
            return Task.CompletedTask;
        }
    }
}
