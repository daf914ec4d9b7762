using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dovetail.ServiceControl.Tests;

[TestClass]
public sealed class OptionsTests
{
    [TestMethod]
    public void With_the_shared_key_alone_the_defaults_hold()
    {
        var options = Read(("Identity:SigningKey", new string('k', 32)));

        Assert.AreEqual("data/servicecontrol.db", options.Database);
        Assert.AreEqual("audit, error, Particular.ServiceControl", $"{options.AuditQueue}, {options.ErrorQueue}, {options.Queue}");
        Assert.AreEqual(TimeSpan.FromDays(30), options.AuditRetention);
    }

    [TestMethod]
    public void All_faults_are_told_at_once()
    {
        var failure = Assert.ThrowsExactly<OptionsValidationException>(() => Read(
            ("ServiceControl:AuditRetention", "a month"), ("ServiceControl:BatchSize", "0"), ("ServiceControl:AuditQueue", "error")));

        string[] expected =
        [
            "ServiceControl:BatchSize is '0'; give a value from 1 to 1000, or leave it out for 100.",
            "ServiceControl:AuditRetention is 'a month'; give a value from 01:00:00 to 3650.00:00:00, or leave it out for 30.00:00:00.",
            "Identity:SigningKey has 0 bytes; give a random text of at least 32 bytes, the same for all roles.",
            "ServiceControl:AuditQueue, ErrorQueue and Queue must be three different queues.",
        ];
        CollectionAssert.AreEqual(expected, failure.Failures.ToArray());
    }

    static ServiceControlOptions Read(params (string Key, string Value)[] settings) => ServiceControlOptions.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)).Build());
}
