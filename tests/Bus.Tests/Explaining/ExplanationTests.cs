using System.Reflection;
using Dovetail.Bus.Tests.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.Explaining;

[TestClass]
public sealed class ExplanationTests
{
    [TestMethod]
    public void An_endpoint_says_on_one_page_what_it_does()
    {
        var sales = new EndpointConfiguration("Sales");
        var routing = sales.UseTransport(new SqliteTransport("data/bus.db"));
        sales.UsePersistence<SqlitePersistence>();
        sales.UseSerialization<SystemJsonSerializer>();
        sales.Conventions()
            .DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal))
            .DefiningEventsAs(type => type.Name.EndsWith("Event", StringComparison.Ordinal))
            .DefiningMessagesAs(type => type.Name.EndsWith("Message", StringComparison.Ordinal));
        sales.AddHandler<AskHandler>();
        sales.AddHandler<AnswerHandler>();
        sales.AddHandler<OrderedHandler>();
        sales.AddSaga<Twin.PartialPayment>();
        sales.MakeInstanceUniquelyAddressable("one");
        sales.LimitMessageProcessingConcurrencyTo(4);
        sales.AuditProcessedMessagesTo("audit", TimeSpan.FromDays(7));
        sales.EnableOutbox().KeepDeduplicationDataFor(TimeSpan.FromDays(1));
        sales.Recoverability().AddUnrecoverableException<ArgumentException>();
        sales.ReportCustomChecksTo("Particular.ServiceControl");
        sales.AddCustomCheck<DiskCheck>();
        routing.RouteToEndpoint(typeof(FailCommand), "Billing");
        routing.RouteToEndpoint(typeof(AskCommand).Assembly, "Elsewhere");

        var explained = sales.Explain().ToString() + "\n";

        var path = Path.Combine(typeof(ExplanationTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!, "Explaining", "Sales.txt");
        if (Environment.GetEnvironmentVariable("DOVETAIL_APPROVE") == "1") File.WriteAllText(path, explained);
        Assert.AreEqual(File.ReadAllText(path), explained, "Endpoints explain themselves in other words. If that is meant, run again with DOVETAIL_APPROVE=1 and commit Sales.txt.");
        Assert.IsFalse(Directory.Exists("data"), "Nothing was opened for it.");
    }

    [TestMethod]
    public void An_endpoint_that_only_sends_says_so_and_what_is_missing()
    {
        var sender = new EndpointConfiguration("Sender");
        sender.SendOnly();

        var explained = sender.Explain().ToString();

        StringAssert.Contains(explained, "nothing: it only sends");
        StringAssert.Contains(explained, "call UseTransport(...)");
    }
}
