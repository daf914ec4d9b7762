using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Faults;

/// <summary>Messages that must end in the error queue and must hold up nobody.</summary>
[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class PoisonTests(TestContext test) : BusContract(test)
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_malformed_retry_timestamp_does_not_keep_a_failing_message_from_the_error_queue()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AlwaysFailHandler>()));
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetHeader(Headers.DelayedRetriesTimestamp, "yesterday");
        await scenario.Session("Sales").Send(new FailCommand("x"), options, Cancellation);
        await Parked().WaitAsync(Soon, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_customisation_of_failure_headers_that_fails_does_not_keep_a_message_from_the_error_queue()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().Failed(failed => failed.HeaderCustomization(_ => throw new InvalidOperationException("customisation")));
        }
        ));
        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);
        await Parked().WaitAsync(Soon, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_malformed_TimeSent_fails_before_the_handler_and_never_after_the_commit()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetHeader(Headers.TimeSent, "yesterday");
        await scenario.Session("Sales").Send(new AnswerMessage("x"), options, Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        await Settled("Sales");
        await scenario.Stop(Cancellation);
        Assert.HasCount(1, scenario.Notes.Of<AnswerMessage>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_row_whose_headers_are_unreadable_goes_to_the_error_queue_and_holds_up_nobody()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AnswerHandler>()));
        await using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = ((SqliteBus)Bus).Path, Pooling = false }.ToString()))
        {
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO Sales (id, headers, body) VALUES ('bad', 'no json', x'7b7d')";
            await command.ExecuteNonQueryAsync(Cancellation);
        }
        await scenario.Session("Sales").SendLocal(new AnswerMessage("good"), Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation).WaitAsync(Soon, Cancellation);
        await using var transport = Open();
        Assert.AreEqual(1, Bus.Waiting(transport, "error"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_callback_that_always_fails_as_if_its_file_were_away_is_parked_in_the_end()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<OtherFileHandler>()));
        await scenario.Session("Sales").SendLocal(new OtherFileCommand(), Cancellation);
        await Parked().WaitAsync(Soon, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_begun_by_a_message_that_names_another_instance_still_knows_its_correlation()
    {
        await using var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        for (var n = 0; n < 2; n++)
        {
            var options = new SendOptions();
            options.RouteToThisEndpoint();
            options.SetHeader(Headers.SagaId, Guid.NewGuid().ToString());
            await scenario.Session("Counters").Send(new BeginCommand("a" + n), options, Cancellation);
        }
        await Settled("Counters").WaitAsync(Soon, Cancellation);
        await scenario.Session("Counters").SendLocal(new CountCommand("a0", 1), Cancellation);
        await Settled("Counters");
        Assert.IsEmpty(scenario.Notes.Of<string>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_body_whose_constructor_refuses_it_is_parked_without_retries()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<PickyHandler>()));
        await using (var transport = Open())
        {
            var headers = new Dictionary<string, string> { [Headers.MessageId] = "bad", [Headers.EnclosedMessageTypes] = typeof(PickyCommand).AssemblyQualifiedName! };
            await transport.Send([new OutgoingOperation("bad", headers, "{\"Count\":-1}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        }
        var parked = await Parked();
        Assert.AreEqual(typeof(MessageDeserializationException).FullName, parked.Headers[FaultsHeaderKeys.ExceptionType]);
        Assert.IsFalse(parked.Headers.ContainsKey(Headers.DelayedRetriesTimestamp));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_malformed_type_name_is_parked_without_retries()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AskHandler>()));
        await using (var transport = Open())
        {
            var headers = new Dictionary<string, string> { [Headers.MessageId] = "bad", [Headers.EnclosedMessageTypes] = "Some.Type, Some.Assembly, Version=abc" };
            await transport.Send([new OutgoingOperation("bad", headers, "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        }
        var parked = await Parked();
        Assert.AreEqual(typeof(MessageDeserializationException).FullName, parked.Headers[FaultsHeaderKeys.ExceptionType]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_service_whose_disposal_fails_after_the_commit_does_not_make_the_handler_run_again()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<GrumpyHandler>()));
        await scenario.Session("Sales").SendLocal(new GrumpyCommand(), Cancellation);
        await scenario.Notes.Until<GrumpyCommand>(1, Cancellation);
        await Settled("Sales");
        await scenario.Stop(Cancellation);
        Assert.HasCount(1, scenario.Notes.Of<GrumpyCommand>());
    }

    [Scenario(129)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_names_a_saga_unknown_here_is_not_swallowed()
    {
        await using var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetHeader(Headers.SagaId, Guid.NewGuid().ToString());
        options.SetHeader(Headers.SagaType, typeof(Asking).AssemblyQualifiedName!);
        await scenario.Session("Counters").Send(new BeginCommand("a"), options, Cancellation);
        await Settled("Counters");
        Assert.ContainsSingle(scenario.Notes.Of<BeginCommand>());
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

sealed record OtherFileCommand;

sealed class OtherFileHandler(Notes notes) : IHandleMessages<OtherFileCommand>
{
    public Task Handle(OtherFileCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        context.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges(async (_, cancellation) =>
        {
            await using var other = new SqliteConnection("Data Source=/nowhere/at/all.db;Mode=ReadOnly");
            await other.OpenAsync(cancellation);
        });
        return Task.CompletedTask;
    }
}

sealed record PickyCommand
{
    public int Count
    {
        get;
        init => field = value >= 0 ? value : throw new InvalidOperationException("negative");
    }
}

sealed class PickyHandler : IHandleMessages<PickyCommand>
{
    public Task Handle(PickyCommand message, IMessageHandlerContext context) => Task.CompletedTask;
}

sealed record GrumpyCommand;

sealed class Grumpy : IDisposable
{
    public void Dispose() => throw new InvalidOperationException("disposal fails");
}

sealed class GrumpyHandler(Notes notes, Grumpy grumpy) : IHandleMessages<GrumpyCommand>
{
    public Task Handle(GrumpyCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        GC.KeepAlive(grumpy);
        return Task.CompletedTask;
    }
}
