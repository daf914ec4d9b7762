using System.Reflection;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Sagas.Notifications;
using Dovetail.Sagas.Orders;
using Dovetail.Sagas.Tasks;

namespace Dovetail.Sagas.Tests;

/// <summary>What sagas store of the messages that begin them, in records of their own.</summary>
[TestClass]
public sealed class StoredRecordTests
{
    [TestMethod]
    [DataRow(typeof(PlaceOrder), typeof(PlacedOrder)), DataRow(typeof(OpenTask), typeof(AskedTask)), DataRow(typeof(OpenCall), typeof(AskedCall)), DataRow(typeof(NotifyCustomer), typeof(AskedNotification))]
    public void Hold_all_that_the_message_tells_under_the_names_under_which_it_was_stored_before(Type message, Type stored) => CollectionAssert.AreEqual(
        Members(message), Members(stored), $"{message.Name} has changed. Let {stored.Name} keep what is new, or name here what the saga has no use for.");

    static string[] Members(Type type) => [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(member => $"{member.PropertyType} {member.Name}")];
}
