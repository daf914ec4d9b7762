using System.Text;
using Dovetail.Bus.RabbitMQ.Receiving;

namespace Dovetail.Bus.Tests.RabbitMQ;

[TestClass]
public sealed class BodyMemoryTests
{
    readonly BodyMemory _memory = new();

    [TestMethod]
    public void Only_what_was_given_back_is_used_again()
    {
        var (kept, given) = (Copy("kept"), Copy("given"));

        _memory.GiveBack(given);
        var next = Copy("next");

        Assert.AreEqual(("kept", "next"), (Text(kept), Text(next)));
        Assert.AreEqual("nextn", Text(given), "The memory of the one before, with its last letter still there.");
    }

    [TestMethod]
    public void A_body_that_is_longer_than_what_was_given_back_has_memory_of_its_own()
    {
        var shorter = Copy("short");

        _memory.GiveBack(shorter);

        Assert.AreEqual(("rather long", "short"), (Text(Copy("rather long")), Text(shorter)));
    }

    [TestMethod]
    public void What_is_large_is_not_kept()
    {
        var large = Copy(new string('x', 100_000));

        _memory.GiveBack(large);

        Copy("y");
        Assert.AreEqual('x', Text(large)[0]);
    }

    ReadOnlyMemory<byte> Copy(string text) => _memory.Copy(Encoding.UTF8.GetBytes(text));

    static string Text(ReadOnlyMemory<byte> body) => Encoding.UTF8.GetString(body.Span);
}
