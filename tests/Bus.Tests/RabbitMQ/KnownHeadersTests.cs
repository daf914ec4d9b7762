using System.Text;
using Dovetail.Bus.RabbitMQ.Receiving;
using RabbitMQ.Client;

namespace Dovetail.Bus.Tests.RabbitMQ;

[TestClass]
public sealed class KnownHeadersTests
{
    static readonly BasicProperties Nothing = new();

    [TestMethod]
    public void What_the_message_before_held_too_is_one_text_also_behind_headers_that_are_not_kept()
    {
        var known = new KnownHeaders();

        var (first, second) = (Read(known), Read(known));

        Assert.AreSame(first["before"], second["before"]);
        Assert.AreSame(first["behind"], second["behind"], "A header that is too long, or no text, stands in front of it.");
        Assert.AreEqual(first["long"], second["long"]);
    }

    [TestMethod]
    public void A_header_that_changes_is_read_anew_and_one_in_another_place_is_not_taken_for_what_was_there()
    {
        var known = new KnownHeaders();
        Read(known);
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);

        known.Add(headers, 0, "before", "changed"u8.ToArray(), Nothing);
        known.Add(headers, 1, "in the place of nothing", "x"u8.ToArray(), Nothing);
        known.Add(headers, 3, "before", "once more"u8.ToArray(), Nothing);

        Assert.AreEqual(("once more", "x"), (headers["before"], headers["in the place of nothing"]));
    }

    // The second of its headers is a number, which is read elsewhere.
    static Dictionary<string, string> Read(KnownHeaders known)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        known.Add(headers, 0, "before", "same"u8.ToArray(), Nothing);
        known.Add(headers, 2, "long", Encoding.UTF8.GetBytes(new string('x', 2_000)), Nothing);
        known.Add(headers, 3, "behind", "same as well"u8.ToArray(), Nothing);
        return headers;
    }
}
