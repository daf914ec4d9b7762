using System.Text.RegularExpressions;

namespace Dovetail.Architecture.Tests;

[TestClass]
public sealed class TypeTests
{
    static readonly Regex SaysNothing = new(@"(Helper|Helpers|Manager|Impl|Utils|Utilities|Service)$|^I?Base[A-Z]");

    [TestMethod]
    public void Are_named_for_their_job() =>
        new Rule(
            "a class is named for its job (RetryPolicy), an implementation for its way of doing it (SqliteDialect); Helper, Manager, Service, Impl, Utils and Base say nothing.",
            "Say in one sentence what it does: the name is in the sentence.")
        .HoldsWithout(Repository.Types.Where(type => SaysNothing.IsMatch(type.Name.Split('`')[0])).Select(type => type.FullName!));
}
