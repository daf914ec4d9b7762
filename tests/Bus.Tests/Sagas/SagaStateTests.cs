using Dovetail.Bus.Sql;
using Dovetail.Bus.Tests.Hosting;
using Microsoft.Data.Sqlite;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Sagas;

/// <summary>The class of a saga's state changes while instances live: what an older or a newer version wrote must still be read.</summary>
[TestClass]
public sealed class SagaStateTests(TestContext test) : BusContract(test)
{
    [TestMethod]
    public void Members_that_an_older_version_did_not_write_have_the_defaults_of_this_one()
    {
        var state = (State)SagaJson.Read("""{"Name":"a"}""", typeof(State));

        Assert.AreEqual(("a", 7, "new"), (state.Name, state.Limit, state.Stage));
        Assert.IsEmpty(state.Items);
    }

    [TestMethod]
    public void Members_that_this_version_no_longer_has_do_no_harm() =>
        Assert.AreEqual("a", ((State)SagaJson.Read("""{"Gone":{"Deep":[1,{"Deeper":null}]},"Name":"a","AlsoGone":3}""", typeof(State))).Name);

    [TestMethod]
    public void What_is_written_comes_back_and_what_has_columns_is_not_in_it()
    {
        var state = new State { Id = Guid.NewGuid(), Originator = "Shop", OriginalMessageId = "m-1", Name = "a", Limit = 0, Stage = null };
        state.Items.Add("x");

        var json = SagaJson.Write(state);
        var read = (State)SagaJson.Read(json, typeof(State));

        Assert.AreEqual(("a", 0, (string?)null), (read.Name, read.Limit, read.Stage), "A value that equals a type's default is a value too.");
        CollectionAssert.AreEqual(new[] { "x" }, read.Items);
        StringAssert.DoesNotMatch(json, new("Originator|OriginalMessageId|\"Id\""));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task State_that_cannot_be_read_names_the_instance()
    {
        await using var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        await scenario.Session("Counters").SendLocal(new BeginCommand("a"), Cancellation);
        await Settled("Counters");
        await using (var database = new SqliteConnection($"Data Source={((SqliteBus)Bus).Path}"))
        {
            await database.OpenAsync(Cancellation);
            await using var command = database.CreateCommand();
            command.CommandText = """UPDATE Counters_Counter SET Data = '{"Name":"a","Total":"many"}';""";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        await scenario.Session("Counters").SendLocal(new CountCommand("a", 1), Cancellation);

        var story = (await Parked()).Headers[FaultsHeaderKeys.Message];
        StringAssert.Matches(story, new("^The state of Counter [0-9a-f-]{36} can't be read as Count: "));
        StringAssert.Contains(story, "$.Total");
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();

    sealed class State : ContainSagaData
    {
        public string Name { get; set; } = "";

        public int Limit { get; set; } = 7;

        public string? Stage { get; set; } = "new";

        public List<string> Items { get; } = [];
    }
}
