using Dovetail.Bus.Messages;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.Wire;

/// <summary>Headers as NServiceBus 10.2 was seen to write them: the same names, values of the same form, in the same order.</summary>
[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class HeadersOfACommandTests(TestContext test) : BusContract(test)
{
    [Scenario(30, 45)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_command_from_outside_a_handler_carries_what_NServiceBus_sends()
    {
        await using (var scenario = await Start(("Sales", (_, _) => { }
        )))
        {
            await using var transport = Open();
            await transport.CreateQueues(["Billing"], Cancellation);
            await scenario.Session("Sales").Send("Billing", new AskCommand("Ж"), Cancellation);
            var sent = (await Take(transport, "Billing", 1)).Single();

            var headers = sent.Headers;
            CollectionAssert.AreEqual(
                new[]
                {
                    Headers.MessageId, Headers.StartNewTrace, Headers.MessageIntent, Headers.ConversationId, Headers.CorrelationId, Headers.ReplyToAddress, Headers.OriginatingMachine,
                    Headers.OriginatingEndpoint, Headers.OriginatingHostId, Headers.ContentType, Headers.EnclosedMessageTypes, Headers.NServiceBusVersion, Headers.TimeSent,
                },
                headers.Keys.ToArray());
            Assert.AreEqual(headers[Headers.MessageId], headers[Headers.CorrelationId]);
            Assert.AreEqual("False", headers[Headers.StartNewTrace]);
            Assert.AreEqual("Send", headers[Headers.MessageIntent]);
            Assert.AreEqual("Sales", headers[Headers.ReplyToAddress]);
            Assert.AreEqual("application/json", headers[Headers.ContentType]);
            Assert.AreEqual(typeof(AskCommand).AssemblyQualifiedName, headers[Headers.EnclosedMessageTypes]);
            Assert.AreEqual("10.2.8", headers[Headers.NServiceBusVersion]);
            Assert.AreEqual(32, headers[Headers.OriginatingHostId].Length);
            Assert.IsLessThan(TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow() - WireTime.Read(headers[Headers.TimeSent]));
            Assert.AreEqual("{\"Text\":\"\\u0416\"}", System.Text.Encoding.UTF8.GetString(sent.Body.Span));
        }
    }

    [TestMethod]
    public void Instants_are_written_with_microseconds_behind_a_colon() =>
        Assert.AreEqual("2026-08-21 09:02:03:123456 Z", WireTime.Write(new DateTimeOffset(2026, 8, 21, 11, 2, 3, 123, 456, TimeSpan.FromHours(2))));

    [TestMethod]
    public void Instants_of_any_other_form_are_refused() => Assert.ThrowsExactly<FormatException>(() => WireTime.Read("2026-08-21T09:02:03.123456Z"));

    [TestMethod]
    public void An_event_names_its_parents_that_are_messages_and_no_others()
    {
        var conventions = new Conventions();
        new ConventionsBuilder(conventions).DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal));

        Assert.AreEqual(
            $"{typeof(OrderedEvent).AssemblyQualifiedName};{typeof(HappenedEvent).AssemblyQualifiedName}",
            new MessageTypes(conventions).Enclosed(typeof(OrderedEvent)));
    }

    [Scenario(51)]
    [TestMethod]
    public void A_type_of_another_version_or_assembly_is_known_by_its_full_name()
    {
        var types = new MessageTypes(new Conventions());
        types.Register(typeof(AskCommand));

        Assert.AreEqual(typeof(AskCommand), types.Resolve($"{typeof(AskCommand).FullName}, Elsewhere, Version=9.0.0.0, Culture=neutral, PublicKeyToken=null").Single());
        Assert.ThrowsExactly<MessageDeserializationException>(() => types.Resolve($"{typeof(AskCommand).FullName};"));
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}
