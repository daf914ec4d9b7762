using Dovetail.Bus.Tests.Hosting;
using NServiceBus;
using NServiceBus.Testing;

namespace Dovetail.Bus.Tests.Testing;

[TestClass]
public sealed class When_a_sender_is_tested
{
    [TestMethod]
    public async Task What_it_sent_and_published_is_there()
    {
        var session = new TestableMessageSession();

        await session.SendLocal(new AnnounceReturn("R-1"));
        await session.Publish(new ParcelArrived("R-2"));

        Assert.AreEqual("R-1", session.FindSentMessage<AnnounceReturn>().ReturnId);
        Assert.IsTrue(session.SentMessages.Single().Options.IsRoutingToThisEndpoint());
        Assert.AreEqual("R-2", session.FindPublishedMessage<ParcelArrived>().ReturnId);
        Assert.IsNull(session.FindTimeoutMessage<AnnounceReturn>());
        Assert.IsEmpty(session.TimeoutMessages);
    }

    [TestMethod]
    public async Task Messages_that_it_only_fills_are_there_also_as_interfaces()
    {
        var session = new TestableMessageSession();

        await session.Publish<IParcelEvent>();
        await session.Send<IParcelEvent>(parcel => parcel.Parcel = "P-1");

        Assert.IsNotNull(session.FindPublishedMessage<IParcelEvent>());
        Assert.AreEqual("P-1", session.FindSentMessage<IParcelEvent>().Parcel);
    }

    [TestMethod]
    public async Task What_it_subscribed_to_and_no_longer_is_there()
    {
        var session = new TestableMessageSession();

        await session.Subscribe<ReturnClosed>();
        await session.Unsubscribe<ParcelArrived>();

        Assert.AreEqual(typeof(ReturnClosed), session.Subscriptions.Single().Message);
        Assert.AreEqual(typeof(ParcelArrived), session.Unsubscription.Single().Message);
    }
}
