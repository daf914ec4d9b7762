using Dovetail.Bus.Tests.Conformance;
using NServiceBus;

namespace Dovetail.Bus.Tests.Wire;

/// <summary>Which types are messages.</summary>
[TestClass]
public sealed class ConventionTests
{
    readonly Conventions _conventions = new();

    ConventionsBuilder Define => new(_conventions);

    [Scenario(207)]
    [TestMethod]
    public void A_rule_for_commands_leaves_the_markers_for_everything_else()
    {
        Define.DefiningCommandsAs(type => type == typeof(PlainOrder));

        Assert.IsTrue(_conventions.IsCommandType(typeof(PlainOrder)) && _conventions.IsMessageType(typeof(PlainOrder)));
        Assert.IsFalse(_conventions.IsCommandType(typeof(MarkedCommand)));
        Assert.IsTrue(_conventions.IsEventType(typeof(MarkedEvent)) && _conventions.IsMessageType(typeof(MarkedEvent)));
    }

    [Scenario(207)]
    [TestMethod]
    public void Conventions_of_ones_own_combine_with_each_other_and_with_the_markers()
    {
        Define.Add(new Ending("Order")).Add(new Ending("Note"));

        foreach (var type in new[] { typeof(PlainOrder), typeof(PlainNote), typeof(MarkedEvent), typeof(MarkedCommand) }) Assert.IsTrue(_conventions.IsMessageType(type), type.Name);
        Assert.IsFalse(_conventions.IsMessageType(typeof(ConventionTests)));
    }

    [Scenario(207)]
    [TestMethod]
    public void The_markers_themselves_are_no_messages()
    {
        foreach (var type in new[] { typeof(IMessage), typeof(ICommand), typeof(IEvent) })
            Assert.IsFalse(_conventions.IsMessageType(type) || _conventions.IsCommandType(type) || _conventions.IsEventType(type), type.Name);
    }

    [TestMethod]
    public void A_rule_that_fails_is_named_with_the_type_that_it_failed_for()
    {
        Define.DefiningEventsAs(_ => throw new FormatException("no idea"));

        var failure = Assert.ThrowsExactly<InvalidOperationException>(() => _conventions.IsEventType(typeof(PlainNote)));

        StringAssert.Contains(failure.Message, "The event convention failed for " + typeof(PlainNote).FullName);
        Assert.IsInstanceOfType<FormatException>(failure.InnerException);
    }

    sealed class PlainOrder;

    sealed class PlainNote;

    sealed class MarkedCommand : ICommand;

    sealed class MarkedEvent : IEvent;

    sealed class Ending(string with) : IMessageConvention
    {
        public string Name => with;

        public bool IsCommandType(Type type) => false;

        public bool IsEventType(Type type) => false;

        public bool IsMessageType(Type type) => type.Name.EndsWith(with, StringComparison.Ordinal);
    }
}
