using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What the header that names a message's types may look like, on every transport and store. Derive one class for each pair.</summary>
public abstract class TypeHeaderContract(TestContext test) : BusContract(test)
{
    static readonly string Known = typeof(AskedMessage).FullName!;

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(26, 50, 51)]
    [DataRow("Other.Contracts.V2.Asked, Other.Contracts, Version=2.0.0.0, Culture=neutral, PublicKeyToken=null;{0}, Dovetail.Bus.Tests", DisplayName = "unknown types beside a known one")]
    [DataRow("{0}", DisplayName = "a full name alone")]
    [DataRow("{0}, Dovetail.Bus.Tests, Version=99.0.0.0, Culture=neutral, PublicKeyToken=null", DisplayName = "a later version of the assembly")]
    [DataRow("{0}, Somewhere.Else, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null", DisplayName = "another assembly")]
    [DataRow(" {0} ; Other.Contracts.Fact__impl, NServiceBusMessageProxies, Version=0.0.0.0", DisplayName = "blanks, and the name of a proxy")]
    public async Task A_type_is_recognised_by(string header)
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AskedHandler>()));

        await Send(string.Format(System.Globalization.CultureInfo.InvariantCulture, header, Known), """{"Text":"why"}"""u8.ToArray());

        Assert.AreEqual("why", (await scenario.Notes.Until<AskedMessage>(1, Cancellation)).Single().Text);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(49, 235)]
    [DataRow("  ", DisplayName = "blank")]
    [DataRow("{0};", DisplayName = "an empty name at the end")]
    [DataRow("Other.Contracts.Unknown, Other.Contracts", DisplayName = "no type that is known")]
    [DataRow("System.String, System.Private.CoreLib", DisplayName = "a type that is no message")]
    public async Task A_message_is_parked_without_retries_if_its_types_are(string header)
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<AskedHandler>()));

        await Send(string.Format(System.Globalization.CultureInfo.InvariantCulture, header, Known), """{"Text":"why"}"""u8.ToArray());

        var parked = await Parked();
        Assert.AreEqual(typeof(MessageDeserializationException).FullName, parked.Headers[FaultsHeaderKeys.ExceptionType]);
        Assert.IsEmpty(scenario.Notes.Of<AskedMessage>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(54)]
    public async Task A_message_without_a_body_meets_no_handler_and_is_audited()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AskedHandler>();
            sales.AuditProcessedMessagesTo("audit");
        }
        ));

        await Send(Known, ReadOnlyMemory<byte>.Empty);

        await using var transport = Open();
        Assert.AreEqual("m-1", Assert.ContainsSingle(await Take(transport, "audit", 1)).Headers[Headers.MessageId]);
        await Settled("Sales");
        Assert.IsEmpty(scenario.Notes.Of<AskedMessage>());
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(22)]
    public async Task Records_and_structs_travel()
    {
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AskedHandler>();
            sales.AddHandler<PointHandler>();
        }
        ));

        await scenario.Session("Sales").SendLocal(new AskedMessage("record"), Cancellation);
        await scenario.Session("Sales").SendLocal(new PointMessage(3, 4), Cancellation);
        await scenario.Session("Sales").SendLocal<PlainMessage>(plain => plain.Text = "class", Cancellation);

        Assert.AreEqual("record", (await scenario.Notes.Until<AskedMessage>(1, Cancellation)).Single().Text);
        Assert.AreEqual(new PointMessage(3, 4), (await scenario.Notes.Until<PointMessage>(1, Cancellation)).Single());
        Assert.AreEqual("class", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    async Task Send(string types, ReadOnlyMemory<byte> body)
    {
        await using var transport = Open();
        var headers = new Dictionary<string, string> { [Headers.MessageId] = "m-1", [Headers.MessageIntent] = nameof(MessageIntent.Send), [Headers.EnclosedMessageTypes] = types };
        await transport.Send([new OutgoingOperation("m-1", headers, body, new Target.Queue("Sales"))], Cancellation);
    }
}

sealed record AskedMessage(string Text);

readonly record struct PointMessage(int X, int Y);

sealed class PlainMessage
{
    public string Text { get; set; } = "";
}

sealed class AskedHandler(Notes notes) : IHandleMessages<AskedMessage>
{
    public Task Handle(AskedMessage message, IMessageHandlerContext context)
    {
        notes.Write(message);
        return Task.CompletedTask;
    }
}

sealed class PointHandler(Notes notes) : IHandleMessages<PointMessage>, IHandleMessages<PlainMessage>
{
    public Task Handle(PointMessage message, IMessageHandlerContext context)
    {
        notes.Write(message);
        return Task.CompletedTask;
    }

    public Task Handle(PlainMessage message, IMessageHandlerContext context)
    {
        notes.Write(message.Text);
        return Task.CompletedTask;
    }
}
