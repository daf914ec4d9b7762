using Dovetail.Hub.Roles;
using Dovetail.Hub.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class LogLineTests
{
    static readonly TimeoutException Silent = Thrown("RetailCRM did not answer within 10 s.");

    [TestMethod]
    public void What_is_tried_again_takes_one_line_with_its_reason()
    {
        var text = Written(LogLevel.Warning, "Message M-1 failed and is tried again in 00:00:10", new InvalidOperationException("Order A-1 could not be read.", Silent));

        StringAssert.EndsWith(
            text, " warn Dovetail.Bus.Oms: Message M-1 failed and is tried again in 00:00:10 Reason: Order A-1 could not be read. Because: RetailCRM did not answer within 10 s." + Environment.NewLine, StringComparison.Ordinal);
    }

    [TestMethod]
    public void What_failed_for_good_brings_its_stack_trace() =>
        StringAssert.Contains(Written(LogLevel.Error, "Message M-1 failed for good", Silent), nameof(Thrown), StringComparison.Ordinal);

    [TestMethod]
    public void Text_from_outside_can_not_forge_a_line_of_its_own() =>
        Assert.HasCount(1, Written(LogLevel.Information, "Order A-1\r\n12:00:00.000 info Gateway: forged", failure: null).TrimEnd().Split('\n'));

    [TestMethod]
    public void What_belongs_to_an_order_says_so()
    {
        var scopes = new LoggerExternalScopeProvider();
        using (scopes.Push(new LogScope.Belonging("A-1", "c-7")))
        using (scopes.Push("something else"))
            StringAssert.EndsWith(Written(LogLevel.Information, "Asked again", failure: null, scopes), " Asked again [order A-1, conversation c-7]" + Environment.NewLine, StringComparison.Ordinal);
        using (scopes.Push(new LogScope.Belonging(null, "c-7")))
            StringAssert.EndsWith(Written(LogLevel.Information, "Asked again", failure: null, scopes), " Asked again [conversation c-7]" + Environment.NewLine, StringComparison.Ordinal);
    }

    static string Written(LogLevel level, string message, Exception? failure, IExternalScopeProvider? scopes = null)
    {
        using var output = new StringWriter();
        new LogLine(TimeProvider.System).Write(new LogEntry<string>(level, "Dovetail.Bus.Oms", 0, message, failure, (state, _) => state), scopes, output);
        return output.ToString();
    }

    static TimeoutException Thrown(string message)
    {
        try
        {
            throw new TimeoutException(message);
        }
        catch (TimeoutException thrown)
        {
            return thrown;
        }
    }
}
