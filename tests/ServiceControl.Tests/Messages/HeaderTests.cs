using Dovetail.ServiceControl.Api;
using Dovetail.ServiceControl.Messages;

namespace Dovetail.ServiceControl.Tests.Messages;

[TestClass]
public sealed class HeaderTests
{
    [TestMethod]
    [DataRow("9387e77d-247b-baed-a0b8-5ff48fdfa391", "11111111-aaaa-4aaa-8aaa-b1f000000001", "Billing")]
    [DataRow("b11ec6fa-1c9e-ff15-c8ca-5dddcece5986", "Message Type", "Contracts.ChargeCard")]
    [DataRow("578726c7-abfb-80f4-19f4-984933539d8a", "Old", "")]
    public void Ids_are_those_of_the_real_platform(string expected, string one, string other) => Assert.AreEqual(expected, StableId.Of(one, other).ToString());

    [TestMethod]
    [DataRow("Billing", "NServiceBus.ProcessingEndpoint=Billing;NServiceBus.FailedQ=Other;NServiceBus.ReplyToAddress=Sales")]
    [DataRow("Other", "NServiceBus.FailedQ=Other@vm;NServiceBus.ReplyToAddress=Sales")]
    [DataRow("Sales", "NServiceBus.ReplyToAddress=Sales@vm")]
    [DataRow(null, "NServiceBus.TimeSent=x")]
    public void The_processing_endpoint_is_named_by_the_best_header_there_is(string? expected, string headers) => Assert.AreEqual(expected, Read(headers).Endpoint);

    [TestMethod]
    [DataRow("A.B", false, "NServiceBus.EnclosedMessageTypes=A.B, Asm, Version=1")]
    [DataRow("A.B", false, "NServiceBus.EnclosedMessageTypes=A.B|A.IEvent")]
    [DataRow(null, true, "NServiceBus.ControlMessage=True")]
    [DataRow("A.B", false, "NServiceBus.EnclosedMessageTypes=A.B;NServiceBus.ControlMessage=True")]
    public void The_first_type_is_the_type(string? expected, bool isSystem, string headers)
    {
        var read = new MessageHeaders(Read(headers).All.ToDictionary(header => header.Key, header => header.Value.Replace('|', ';')));

        Assert.AreEqual(expected, read.MessageType);
        Assert.AreEqual(isSystem, read.IsSystemMessage);
    }

    [TestMethod]
    public void Nobody_known_is_a_placeholder_because_clients_need_one()
    {
        Assert.AreEqual(Participant.Unknown, Read("").Sender);
        Assert.AreEqual("old", Read("NServiceBus.OriginatingAddress=old@box").Sender.Name);
        Assert.AreEqual("box", Read("NServiceBus.OriginatingAddress=old@box").Sender.Host);
        Assert.AreEqual(new Participant("q", StableId.Of("q", "unknown"), "unknown"), Read("NServiceBus.FailedQ=q").Receiver);
    }

    [TestMethod]
    public void The_strongest_change_of_a_saga_counts()
    {
        var sagas = SagaTrace.Invoked(Read("NServiceBus.InvokedSagas=S, Asm, Version=1:1|T:2;ServiceControl.SagaStateChange=1:Updated|1:New|2:New|2:Completed", '|'));

        CollectionAssert.AreEqual(new[] { new SagaTrace("New", "S", "1"), new SagaTrace("Completed", "T", "2") }, sagas!.ToArray());
    }

    [TestMethod]
    [DataRow("", "Unresolved, RetryIssued, Resolved, Archived")]
    [DataRow("UNRESOLVED,archived", "Unresolved, Archived")]
    [DataRow("-archived", "Unresolved, RetryIssued, Resolved")]
    [DataRow("resolved,nonsense", "Resolved")]
    public void Statuses_are_named_or_excluded(string text, string expected) => Assert.AreEqual(expected, string.Join(", ", ErrorsApi.Statuses(text)));

    static MessageHeaders Read(string headers, char semicolon = '\0') => new(headers.Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(header => header.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1].Replace(semicolon, ';')));
}
