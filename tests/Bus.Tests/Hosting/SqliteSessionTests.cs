using Dovetail.Bus.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Persistence.Sql;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus.Tests.Hosting;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteSessionTests(TestContext test) : SessionContract(test)
{
    [Scenario(145)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_has_the_SQL_side_of_its_session_injected()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<InjectedSqlHandler>()));

        await scenario.Session("Sales").SendLocal(new AskCommand("the same?"), Cancellation);

        Assert.AreEqual("the same", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_scope_that_is_disposed_in_the_old_way_may_have_handed_it_out()
    {
        await using var scenario = await Start(("Sales", (_, _) => { }
        ));
        using var scope = scenario.Services.CreateScope();
        var session = Scenario.TransactionalSession(scope.ServiceProvider, "Sales");
        await session.Open(new SqlPersistenceOpenSessionOptions(), Cancellation);

        Assert.AreSame(session.SynchronizedStorageSession.SqlPersistenceSession(), scope.ServiceProvider.GetRequiredService<ISqlStorageSession>());
        await session.Commit(Cancellation);
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();

    sealed class InjectedSqlHandler(ISqlStorageSession injected, Notes notes) : IHandleMessages<AskCommand>
    {
        public Task Handle(AskCommand message, IMessageHandlerContext context)
        {
            notes.Write(ReferenceEquals(injected, context.SynchronizedStorageSession.SqlPersistenceSession()) ? "the same" : "another");
            return Task.CompletedTask;
        }
    }
}
