using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dovetail.Bus.Messages;
using NServiceBus;

namespace Dovetail.Bus.Tests.Messages;

/// <summary>Messages are made of interfaces and of classes; what can't become one is refused with words that say why.</summary>
[TestClass]
public sealed class MessageCreatorTests
{
    static readonly IMessageCreator Creator = MessageCreator.Instance;

    [TestMethod]
    public void An_interface_gets_a_class_with_all_its_properties_inherited_ones_too()
    {
        var message = Creator.CreateInstance<IDerived>(made => (made.Id, made.Amount) = ("A-1", 12.5m));

        Assert.AreEqual(("A-1", 12.5m), (message.Id, message.Amount));
        Assert.AreEqual("A-1", ((IOther)message).Id, "A property of one name in two interfaces is one value.");
        Assert.IsTrue(message.GetType().IsSealed);
        StringAssert.EndsWith(message.GetType().Name, "__impl");
        Assert.AreEqual("NServiceBusMessageProxies", message.GetType().Assembly.GetName().Name);
        Assert.AreEqual(typeof(IDerived), MessageProxies.ContractOf(message));
    }

    [TestMethod]
    public void Properties_without_a_setter_and_with_an_initializer_survive_JSON_under_the_names_their_attributes_give()
    {
        var json = new SystemJsonSerializer().Create();

        var read = (IReadable)json.Deserialize("""{"id":"A-1","Total":3,"Lines":["a","b"],"Kind":2}"""u8.ToArray(), typeof(IReadable));

        Assert.AreEqual(("A-1", 3, 2), (read.Id, read.Total, read.Lines.Count));
        using var written = JsonDocument.Parse(json.Serialize(read));
        Assert.AreEqual("A-1", written.RootElement.GetProperty("id").GetString());
        Assert.IsFalse(written.RootElement.TryGetProperty("Kind", out _), "JsonIgnore stands on the interface's property.");
    }

    [TestMethod]
    public void An_interface_may_be_generic() => Assert.AreEqual(7, Creator.CreateInstance<IBox<int>>(box => box.Content = 7).Content);

    [TestMethod]
    public void Each_interface_has_one_class() => Assert.AreEqual(MessageProxies.Of(typeof(IOther)), Creator.CreateInstance<IOther>().GetType());

    [TestMethod]
    public void A_class_is_made_by_its_constructor_or_if_it_needs_values_without_one()
    {
        Assert.AreEqual("made", Creator.CreateInstance<Made>().Text);
        Assert.IsNull(Creator.CreateInstance<Given>().Text);
        Assert.AreEqual(0, Creator.CreateInstance<Point>().X);
    }

    [TestMethod]
    [DataRow(typeof(IActs), "IActs.Act")]
    [DataRow(typeof(IRings), "IRings.add_Rang")]
    [DataRow(typeof(IIndexed), "IIndexed.get_Item")]
    [DataRow(typeof(IHidden), "is not public")]
    [DataRow(typeof(IStaticallyMade), "IStaticallyMade.get_Empty")]
    [DataRow(typeof(IClashing), "inherits Id as Int32 and as String")]
    [DataRow(typeof(IKeepsToItself), "IKeepsToItself.set_Id")]
    public void What_is_no_message_is_refused_with_the_reason(Type type, string reason)
    {
        var failure = Assert.ThrowsExactly<InvalidOperationException>(() => Creator.CreateInstance(type));

        StringAssert.Contains(failure.Message, reason);
        StringAssert.Contains(failure.Message, type.FullName!);
    }

    [TestMethod]
    public void What_is_refused_leaves_nothing_behind_and_is_refused_again()
    {
        Assert.ThrowsExactly<InvalidOperationException>(() => Creator.CreateInstance<IClashing>());
        Assert.ThrowsExactly<InvalidOperationException>(() => Creator.CreateInstance<IClashing>());
    }

    [TestMethod]
    public void Many_threads_that_ask_at_once_get_the_same_class()
    {
        var types = new Type[32];
        Parallel.For(0, types.Length, index => types[index] = Creator.CreateInstance<IAskedForByMany>().GetType());

        Assert.HasCount(1, types.Distinct().ToList());
    }

    public interface IBaseOfAll
    {
        string Id { get; set; }
    }

    public interface IOther
    {
        string Id { get; }
    }

    public interface IDerived : IBaseOfAll, IOther
    {
        decimal Amount { get; set; }

        new string Id { get; set; }
    }

    public interface IReadable
    {
        [JsonPropertyName("id")]
        string Id { get; }

        int Total { get; init; }

        IReadOnlyList<string> Lines { get; }

        [JsonIgnore(Condition = JsonIgnoreCondition.Always)]
        BindingFlags Kind { get; set; }
    }

    public interface IBox<T>
    {
        T Content { get; set; }
    }

    public interface IAskedForByMany
    {
        string Id { get; set; }
    }

    public interface IActs
    {
        string Id { get; set; }

        void Act();
    }

    public interface IRings
    {
        event EventHandler Rang;
    }

    public interface IIndexed
    {
        string this[int index] { get; }
    }

    internal interface IHidden
    {
        string Id { get; set; }
    }

    public interface IStaticallyMade
    {
        static abstract string Empty { get; }
    }

    public interface IClashing : IBaseOfAll
    {
        new int Id { get; set; }
    }

    public interface IKeepsToItself
    {
        string Id { get; internal set; }
    }

    internal sealed class Made
    {
        public string Text { get; } = "made";
    }

    internal sealed class Given(string text)
    {
        public string? Text { get; } = text;
    }

    internal readonly record struct Point(int X);
}
