using System.Text;
using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Faults;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>Our queues against those of NServiceBus's PostgreSQL transport, and beside an endpoint of its on the same tables: what it does is done here by the statements that it was seen to run.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class NServiceBusQueuesTests(TestContext test) : IDisposable
{
    readonly PostgreSqlSchema _schema = new();

    CancellationToken Cancellation => test.CancellationToken;

    public void Dispose() => _schema.Dispose();

    [Scenario(162)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Queues_have_the_same_tables_columns_keys_and_indexes_and_a_table_of_ours_beside_each()
    {
        using var theirs = new PostgreSqlSchema();
        theirs.Load("transport.sql");
        await using var sales = Open("Sales");
        await sales.CreateQueues(["Sales", "Billing", "error", "audit"], Cancellation);

        string[] ours = _schema.Describe();
        // Their platform's queues, and its tables of another chapter, are in the same capture.
        string[] expected = [.. theirs.Describe().Where(line => !line.Contains("Particular", StringComparison.Ordinal) && !line.Contains("Outbox", StringComparison.Ordinal) && !line.Contains("Saga", StringComparison.Ordinal)
            && !line.Contains("Index_Dispatched", StringComparison.Ordinal))];

        CollectionAssert.IsSubsetOf(expected, ours);
        var besides = ours.Except(expected).Where(line => !line.Contains(".Claims", StringComparison.Ordinal)).ToList();
        Assert.IsTrue(besides.TrueForAll(line => line.Contains("error.Delayed", StringComparison.Ordinal) || line.Contains("audit.Delayed", StringComparison.Ordinal)), string.Join('\n', besides));
    }

    [Scenario(163, 164)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_row_of_theirs_is_received_and_a_row_of_ours_is_one_that_they_read()
    {
        await using var sales = await OpenWith("Sales", "Billing");
        Insert("Sales", """{"NServiceBus.MessageId":"m-1","NServiceBus.ContentType":"application\/json","odd":"a/b \"c\" Ж"}""", "{}");
        await using var receiver = sales.Receive("Sales");

        var taken = (await receiver.Take(1, Cancellation)).Single();
        Assert.AreEqual("application/json", taken.Headers[Headers.ContentType]);
        Assert.AreEqual("a/b \"c\" Ж", taken.Headers["odd"]);
        Assert.AreEqual(0L, Count("Sales"), "Its receivers find nothing where ours has it in hand.");
        await receiver.Move(taken, Message("m-2", "Billing"), Cancellation);

        Assert.AreEqual("""{"NServiceBus.MessageId":"m-2","odd":"a\/b \"c\" Ж"}""", _schema.Scalar<string>($"""SELECT headers FROM "{_schema.Name}"."Billing" """));
        Assert.AreEqual(0L, Count("Sales.Claims"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Of_messages_of_one_id_that_go_to_one_queue_together_the_last_is_sent()
    {
        await using var sales = await OpenWith("Sales", "Billing");

        await sales.Send([Message("m-1", "Billing") with { Body = "1"u8.ToArray() }, Message("m-1", "Sales"), Message("m-2", "Billing"), Message("m-1", $"\"{_schema.Name}\".\"Billing\"") with { Body = "2"u8.ToArray() }], Cancellation);

        Assert.AreEqual(1L, Count("Sales"));
        CollectionAssert.AreEqual(new[] { "m-1: 2", "m-2: {}" }, (await sales.Peek("Billing", 10, Cancellation)).Select(row => $"{row.Headers[Headers.MessageId]}: {Encoding.UTF8.GetString(row.Body.Span)}").ToList());
    }

    [Scenario(169)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Receivers_of_both_share_a_queue_and_none_gets_what_another_has()
    {
        const int Messages = 300;
        await using var sales = await OpenWith("Sales");
        await using var other = Open("Sales");
        await sales.Send([.. Enumerable.Range(0, Messages).Select(number => Message($"{number}", "Sales"))], Cancellation);
        var seen = new List<string>();
        using var all = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        await Task.WhenAll(Ours(sales), Ours(other), Task.Run(Theirs, Cancellation));

        CollectionAssert.AreEquivalent(Enumerable.Range(0, Messages).Select(number => $"{number}").ToList(), seen);

        async Task Ours(ITransport transport)
        {
            await using var receiver = transport.Receive("Sales");
            try
            {
                while (true)
                {
                    foreach (var message in await receiver.Take(3, all.Token))
                    {
                        await receiver.Settle(message, Cancellation);
                        Note(message.Headers[Headers.MessageId]);
                    }
                }
            }
            catch (OperationCanceledException) when (all.IsCancellationRequested)
            {
            }
        }

        async Task Theirs()
        {
            while (!all.IsCancellationRequested)
            {
                if (Receive() is { } headers) Note(Sql.HeadersJson.Read(headers)[Headers.MessageId]);
                else await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
            }
        }

        void Note(string id)
        {
            lock (seen)
            {
                seen.Add(id);
                if (seen.Count == Messages) all.Cancel();
            }
        }
    }

    [Scenario(165)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_waits_in_their_table_for_another_endpoint_is_brought_there_when_it_is_due()
    {
        await using var sales = await OpenWith("Sales", "Billing");
        var due = TimeProvider.System.GetUtcNow().AddMilliseconds(200);
        _schema.Execute($$"""
            INSERT INTO "{{_schema.Name}}"."Sales.Delayed" (headers, body, due) VALUES ('{"NServiceBus.MessageId":"m-1","{{ServerQueues.ForwardDestination}}":"\"{{_schema.Name}}\".\"Billing\""}', '{}', '{{due:O}}');
            INSERT INTO "{{_schema.Name}}"."Sales.Delayed" (headers, body, due) VALUES ('{"NServiceBus.MessageId":"m-2","{{ServerQueues.ForwardDestination}}":"\"{{_schema.Name}}\".\"Sales\""}', '{}', '{{due.AddMilliseconds(1):O}}');
            """);
        await using var toSales = sales.Receive("Sales");
        await using var toBilling = sales.Receive("Billing");

        var own = (await toSales.Take(1, Cancellation)).Single();
        var brought = (await toBilling.Take(1, Cancellation)).Single();

        Assert.IsGreaterThanOrEqualTo(due, TimeProvider.System.GetUtcNow());
        Assert.AreEqual(("m-2", "m-1"), (own.Headers[Headers.MessageId], brought.Headers[Headers.MessageId]));
        Assert.DoesNotContain(ServerQueues.ForwardDestination, own.Headers.Keys.Concat(brought.Headers.Keys));
    }

    [Scenario(165)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_is_delayed_for_a_queue_without_a_waiting_table_waits_at_its_sender()
    {
        await using var sales = await OpenWith("Sales");
        _schema.Execute($"""CREATE TABLE "{_schema.Name}"."Theirs" (id uuid PRIMARY KEY, expires timestamp, headers text NOT NULL, body bytea, seq serial NOT NULL UNIQUE)""");
        await sales.Send([Message("m-1", "Theirs") with { DueAt = TimeProvider.System.GetUtcNow().AddMilliseconds(100) }], Cancellation);
        Assert.AreEqual(1L, Count("Sales.Delayed"));
        await using var receiver = sales.Receive("Sales");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var receiving = receiver.Take(1, stop.Token);

        while (Count("Theirs") == 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);

        await stop.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => receiving);
        Assert.AreEqual(new QueueLength(1, 0, 0), await sales.Length("Theirs", Cancellation), "A queue without claims is measured and looked into all the same.");
        Assert.DoesNotContain("Forward", (await sales.Peek("Theirs", 1, Cancellation)).Single().Headers.Keys);
    }

    [Scenario(173)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_waited_for_a_queue_that_is_gone_is_parked_with_where_it_was_to_go()
    {
        await using var sales = await OpenWith("Sales", "error");
        Insert("Sales", $$"""{"NServiceBus.MessageId":"m-1","{{ServerQueues.ForwardDestination}}":"\"{{_schema.Name}}\".\"Gone\""}""", "{}");
        await using var receiver = sales.Receive("Sales");
        await using var errors = sales.Receive("error");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var receiving = receiver.Take(1, stop.Token);

        var parked = (await errors.Take(1, Cancellation)).Single();

        Assert.AreEqual($"\"{_schema.Name}\".\"Gone\"", parked.Headers[FaultsHeaderKeys.FailedQ]);
        Assert.AreEqual(typeof(QueueNotFoundException).FullName, parked.Headers[FaultsHeaderKeys.ExceptionType]);
        await stop.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => receiving);
    }

    [Scenario(173)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(""), DataRow("\\\"Sales"), DataRow("a.queue.whose.name.is.longer.than.PostgreSQL.leaves.room.for")]
    public async Task What_waited_for_an_address_that_is_none_is_parked_and_holds_up_nobody(string written)
    {
        await using var sales = await OpenWith("Sales", "error");
        Insert("Sales", $$"""{"NServiceBus.MessageId":"m-1","{{ServerQueues.ForwardDestination}}":"{{written}}"}""", "{}");
        Insert("Sales", """{"NServiceBus.MessageId":"m-2"}""", "{}");
        await using var receiver = sales.Receive("Sales");
        await using var errors = sales.Receive("error");

        var next = (await receiver.Take(2, Cancellation)).Single();
        var parked = (await errors.Take(1, Cancellation)).Single();

        Assert.AreEqual(("m-2", "m-1"), (next.Headers[Headers.MessageId], parked.Headers[Headers.MessageId]));
        Assert.AreEqual(written.Replace("\\", "", StringComparison.Ordinal), parked.Headers[FaultsHeaderKeys.FailedQ]);
        StringAssert.Contains(parked.Headers[FaultsHeaderKeys.Message], written.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.AreEqual(new QueueLength(0, 1, 0), await sales.Length("Sales", Cancellation), "The other one is in hand.");
    }

    [Scenario(166)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Subscriptions_of_both_are_rows_of_one_table()
    {
        await using var sales = await OpenWith("Sales", "Theirs");
        await sales.Subscribe("Sales", [typeof(Happened)], Cancellation);
        _schema.Execute($"""INSERT INTO "{_schema.Name}"."SubscriptionRouting" VALUES ('"{_schema.Name}"."Theirs"', 'Theirs', '{typeof(IHappened).FullName}')""");

        await sales.Send([new OutgoingOperation("m-1", new() { [Headers.MessageId] = "m-1" }, "{}"u8.ToArray(), new Target.Subscribers(typeof(Happened)))], Cancellation);

        Assert.AreEqual((1L, 1L), (Count("Sales"), Count("Theirs")));
        Assert.AreEqual($"\"{_schema.Name}\".\"Sales\"", _schema.Scalar<string>($"""SELECT queueaddress FROM "{_schema.Name}"."SubscriptionRouting" WHERE endpoint = 'Sales' AND topic = '{typeof(Happened).FullName}'"""));
        await sales.Unsubscribe("Sales", [typeof(Happened)], Cancellation);
        await sales.Send([new OutgoingOperation("m-2", new() { [Headers.MessageId] = "m-2" }, "{}"u8.ToArray(), new Target.Subscribers(typeof(Happened)))], Cancellation);
        Assert.AreEqual((1L, 2L), (Count("Sales"), Count("Theirs")));
    }

    [Scenario(167)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("Sales", null, "Sales"), DataRow("Sales.Europe", null, "Sales.Europe"), DataRow("\"Sales.Europe\"", null, "Sales.Europe"), DataRow("\"other\".\"Sales\"", "other", "Sales")]
    [DataRow("\"a\"\"b\".\"c.\"\"d\"", "a\"b", "c.\"d"), DataRow("known.Sales", "known", "Sales"), DataRow("known.\"Sales.Europe\"", "known", "Sales.Europe"), DataRow("\"other\".Sales", "other", "Sales")]
    public async Task An_address_is_read_with_and_without_quotes(string address, string? schema, string name)
    {
        var transport = new PostgreSqlTransport(_schema.ConnectionString);
        transport.Schema.UseSchemaForQueue("Elsewhere", "known");
        await using var queues = transport.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));

        Assert.AreEqual($"\"{(schema ?? "public").Replace("\"", "\"\"", StringComparison.Ordinal)}\".\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", queues.Address(address));
        Assert.AreEqual(queues.Address(address), queues.Address(queues.Address(address)));
        Assert.AreEqual("\"known\".\"Elsewhere\"", queues.Address("\"public\".\"Elsewhere\""));
        Assert.ThrowsExactly<FormatException>(() => queues.Address("\"Sales"));
        Assert.ThrowsExactly<InvalidOperationException>(() => queues.Address(new string('x', 56)));
    }

    [Scenario(168)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Their_rows_that_have_expired_are_dropped()
    {
        await using var sales = await OpenWith("Sales");
        for (var row = 0; row < 25; row++) Insert("Sales", """{"NServiceBus.MessageId":"late"}""", "{}", "now() AT TIME ZONE 'UTC' - interval '1 second'");
        Insert("Sales", """{"NServiceBus.MessageId":"in time"}""", "{}", "now() AT TIME ZONE 'UTC' + interval '1 hour'");
        await using var receiver = sales.Receive("Sales");

        Assert.AreEqual("in time", (await receiver.Take(10, Cancellation)).Single().Headers[Headers.MessageId]);
        Assert.AreEqual(0L, Count("Sales"));
    }

    [Scenario(172)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_row_without_headers_goes_to_the_error_queue_as_it_is()
    {
        await using var sales = await OpenWith("Sales", "error");
        Insert("Sales", "no JSON", "{}");
        Insert("Sales", """{"NServiceBus.MessageId":"m-1"}""", "{}");
        await using var receiver = sales.Receive("Sales");

        Assert.AreEqual("m-1", (await receiver.Take(10, Cancellation)).Single().Headers[Headers.MessageId]);
        Assert.AreEqual("no JSON", _schema.Scalar<string>($"""SELECT headers FROM "{_schema.Name}"."error" """));
    }

    [Scenario(171)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_queue_that_is_missing_is_named_to_whoever_sends_receives_or_looks()
    {
        await using var sales = await OpenWith("Sales");
        await using var receiver = sales.Receive("Nowhere");

        Assert.AreEqual("Nowhere", (await Assert.ThrowsExactlyAsync<QueueNotFoundException>(() => sales.Send([Message("1", "Nowhere")], Cancellation))).Queue);
        Assert.AreEqual("Nowhere", (await Assert.ThrowsExactlyAsync<QueueNotFoundException>(() => receiver.Take(1, Cancellation))).Queue);
        Assert.AreEqual("Nowhere", (await Assert.ThrowsExactlyAsync<QueueNotFoundException>(() => sales.Waiting("Nowhere", Cancellation))).Queue);
    }

    [Scenario(174)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Many_may_make_the_same_tables_at_once()
    {
        var installing = Enumerable.Range(0, 6).Select(async number =>
        {
            await using var transport = Open($"Sales{number % 2}");
            await transport.CreateQueues(["Sales", "error"], Cancellation);
        });

        await Task.WhenAll(installing);

        Assert.AreEqual(0L, Count("Sales"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Another_process_s_messages_and_subscriptions_are_heard_of_before_anybody_looks()
    {
        // A connection string of its own keeps its connections apart, as a process of its own would.
        var there = new PostgreSqlTransport(_schema.ConnectionString + ";Application Name=elsewhere") { DefaultSchema = _schema.Name };
        await using var elsewhere = there.Create(new TransportContext("Elsewhere", TimeProvider.System, NullLoggerFactory.Instance));
        var here = PostgreSqlBus.Definition(_schema, TimeSpan.FromMinutes(5));
        (here.QueuePeeker.Delay, here.Subscriptions.CacheInvalidationPeriod) = (TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));
        await using var sales = here.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await sales.CreateQueues(["Sales", "Other"], Cancellation);
        await using var receiver = sales.Receive("Sales");
        var heard = receiver.Take(1, Cancellation);
        await sales.Send([Event("nobody's")], Cancellation);
        // It rings for whoever listens already; the first time nobody may.
        while (!heard.IsCompleted)
        {
            await elsewhere.Send([Message("m-1", "Sales")], Cancellation);
            await Task.WhenAny(heard, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancellation));
        }

        await elsewhere.Subscribe("Other", [typeof(Happened)], Cancellation);
        while (Count("Other") == 0)
        {
            await sales.Send([Event("somebody's")], Cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }

        static OutgoingOperation Event(string id) => new(id, new() { [Headers.MessageId] = id }, "{}"u8.ToArray(), new Target.Subscribers(typeof(Happened)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_queue_whose_numbers_are_used_up_begins_anew()
    {
        await using var sales = await OpenWith("Sales");
        _schema.Execute($"SELECT setval('\"{_schema.Name}\".\"Sales_seq_seq\"', {int.MaxValue - 1})");

        for (var number = 1; number <= 3; number++) await sales.Send([Message($"m-{number}", "Sales")], Cancellation);

        Assert.AreEqual(3L, Count("Sales"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_body_can_be_read_as_text_where_that_is_wanted()
    {
        var transport = PostgreSqlBus.Definition(_schema, TimeSpan.FromSeconds(10));
        transport.CreateMessageBodyComputedColumn = true;
        await using var sales = transport.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await sales.CreateQueues(["Sales"], Cancellation);

        await sales.Send([Message("m-1", "Sales")], Cancellation);

        Assert.AreEqual("{}", _schema.Scalar<string>($"""SELECT bodystring FROM "{_schema.Name}"."Sales" """));
    }

    ITransport Open(string endpoint) => PostgreSqlBus.Definition(_schema, TimeSpan.FromMinutes(5)).Create(new TransportContext(endpoint, TimeProvider.System, NullLoggerFactory.Instance));

    async Task<ITransport> OpenWith(string endpoint, params string[] more)
    {
        var transport = Open(endpoint);
        await transport.CreateQueues([endpoint, .. more], Cancellation);
        return transport;
    }

    long Count(string table) => _schema.Scalar<long>($"SELECT count(*) FROM \"{_schema.Name}\".\"{table}\"");

    void Insert(string queue, string headers, string body, string expires = "NULL") =>
        _schema.Execute($"INSERT INTO \"{_schema.Name}\".\"{queue}\" (id, expires, headers, body) VALUES (gen_random_uuid(), {expires}, '{headers}', '{body}')");

    string? Receive() => _schema.Maybe<string>($"""
        DELETE FROM "{_schema.Name}"."Sales" WHERE id = (SELECT id FROM "{_schema.Name}"."Sales" ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING headers
        """);

    static OutgoingOperation Message(string id, string queue) => new(id, new() { [Headers.MessageId] = id, ["odd"] = "a/b \"c\" Ж" }, Encoding.UTF8.GetBytes("{}"), new Target.Queue(queue));

    interface IHappened;

    sealed record Happened : IHappened;
}
