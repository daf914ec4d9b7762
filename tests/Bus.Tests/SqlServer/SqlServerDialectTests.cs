using System.Data.Common;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.PostgreSql;
using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Sql.SqlServer;
using Dovetail.Bus.Tests.Api;
using Dovetail.Bus.Tests.Transport;
using Microsoft.Data.SqlClient;
using Npgsql;

namespace Dovetail.Bus.Tests.SqlServer;

/// <summary>What can be known of SQL Server's dialect without a server. Accept a change of Statements.txt with DOVETAIL_APPROVE=1.</summary>
[TestClass]
public sealed partial class SqlServerDialectTests
{
    static readonly SqlServerDialect Dialect = new("shop");
    static readonly PostgreSqlDialect Model = new();

    [TestMethod]
    public void Its_statements_are_those_that_were_approved()
    {
        var text = new StringBuilder("What the bus asks of SQL Server, and with parameters of which kinds. docs/sql-server.md says what of it was tested.\n");
        foreach (var (name, sql) in Definitions(Dialect)) text.Append(CultureInfo.InvariantCulture, $"\n# {name}\n{sql}\n");
        foreach (var (name, statement) in Statements(Dialect)) text.Append(CultureInfo.InvariantCulture, $"\n# {name} ({string.Join(", ", statement.Kinds)})\n{statement.Sql}\n");
        var path = Path.Combine(TestSources.Api(".."), "SqlServer", "Statements.txt");
        if (Environment.GetEnvironmentVariable("DOVETAIL_APPROVE") == "1") File.WriteAllText(path, text.ToString());

        Assert.AreEqual(File.ReadAllText(path), text.ToString());
    }

    [TestMethod]
    public void It_has_a_statement_for_each_of_PostgreSQL_s_with_the_same_parameters()
    {
        var (theirs, ours) = (Statements(Model).ToDictionary(), Statements(Dialect).ToDictionary());

        CollectionAssert.AreEquivalent(theirs.Keys.Where(name => name != nameof(ServerDialect.Ring)).ToArray(), ours.Keys);
        foreach (var (name, statement) in ours)
        {
            // Its texts are all nvarchar, and its queues know no zones.
            CollectionAssert.AreEqual(theirs[name].Kinds.Select(Alike).ToArray(), statement.Kinds.Select(Alike).ToArray(), name);
        }

        static Kind Alike(Kind kind) => kind switch { Kind.Json => Kind.Text, Kind.Instant => Kind.Utc, _ => kind };
    }

    [TestMethod]
    public void Each_parameter_is_declared_and_each_that_is_declared_is_used_but_for_ids_of_rows_that_have_none()
    {
        foreach (var (name, statement) in Statements(Dialect))
        {
            var used = Parameter().Matches(statement.Sql).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Distinct().Order().ToArray();
            CollectionAssert.AreEqual(Enumerable.Range(1, statement.Kinds.Count).Skip(name == nameof(ServerDialect.SendDelayed) ? 1 : 0).ToArray(), used, name);
            Assert.AreEqual(statement.Sql.Count(character => character == '('), statement.Sql.Count(character => character == ')'), name);
            Assert.IsFalse(statement.TakesRows, name);
        }
    }

    [TestMethod]
    public void Values_are_bound_with_types_and_sizes_that_do_not_change_from_one_to_the_next()
    {
        using var command = new SqlCommand();
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(2));
        foreach (var (kind, value) in new (Kind, object?)[] { (Kind.Text, "a"), (Kind.Id, Guid.Empty), (Kind.Number, 7), (Kind.Flag, true), (Kind.Bytes, new byte[] { 1 }), (Kind.Json, "{}"), (Kind.Utc, at), (Kind.Instant, at), (Kind.Utc, null), (Kind.Texts, new[] { "a", "b" }) })
            Dialect.Bind(command.Parameters, kind, value);

        Assert.AreEqual(
            "@p1 NVarChar 4000 a|@p2 UniqueIdentifier 0 00000000-0000-0000-0000-000000000000|@p3 BigInt 0 7|@p4 Bit 0 True|@p5 VarBinary -1 System.Byte[]|@p6 NVarChar -1 {}|"
            + "@p7 DateTime 0 03/01/2026 10:00:00|@p8 DateTimeOffset 0 03/01/2026 12:00:00 +02:00|@p9 DateTime 0 |@p10 NVarChar -1 [\"a\",\"b\"]",
            string.Join('|', command.Parameters.Cast<SqlParameter>().Select(parameter => string.Create(CultureInfo.InvariantCulture, $"{parameter.ParameterName} {parameter.SqlDbType} {parameter.Size} {parameter.Value}"))));
    }

    [TestMethod]
    [DataRow(2627, 14, nameof(Fault.Duplicate)), DataRow(2601, 14, nameof(Fault.Duplicate)), DataRow(51000, 16, nameof(Fault.Mismatch)), DataRow(208, 16, nameof(Fault.MissingTable)), DataRow(1205, 13, nameof(Fault.Collision)), DataRow(1222, 16, nameof(Fault.Locked))]
    [DataRow(-2, 11, nameof(Fault.Away)), DataRow(4060, 11, nameof(Fault.Away)), DataRow(18456, 14, nameof(Fault.Away)), DataRow(9002, 17, nameof(Fault.Away)), DataRow(40613, 17, nameof(Fault.Away)), DataRow(99999, 20, nameof(Fault.Away))]
    [DataRow(8152, 16, nameof(Fault.Other)), DataRow(547, 16, nameof(Fault.Other))]
    public void Failures_are_sorted_by_their_numbers(int number, int severity, string fault) => Assert.AreEqual(fault, SqlServerErrors.Sort(number, (byte)severity).ToString());

    [TestMethod]
    public async Task A_pool_that_is_exhausted_is_nobody_s_mistake()
    {
        // Refused with the kind of exception that SQL Server's driver has for an exhausted pool.
        var connections = new Connections("key", _ => Task.FromResult<DbConnection>(new NpgsqlConnection())) { NotHad = Dialect.NotHad };

        Assert.AreEqual(Fault.Away, Dialect.Sort(await Assert.ThrowsExactlyAsync<TimeoutException>(() => connections.Open(default))));
        Assert.AreEqual(Fault.Away, Dialect.Sort(Assert.ThrowsExactly<TimeoutException>(() => connections.OpenNow())));
    }

    [TestMethod]
    [DataRow("Sales", null, "Sales"), DataRow("Sales.Europe", null, "Sales.Europe"), DataRow("Sales@[dbo]@[shop]", "dbo", "Sales"), DataRow("Sales@other", "other", "Sales"), DataRow("Sales@[]@[SHOP]", null, "Sales")]
    [DataRow("[a@b]@[c]]d]@[shop]", "c]d", "a@b")]
    public void An_address_is_read_with_and_without_brackets(string address, string? schema, string name)
    {
        Assert.AreEqual((schema, name), Dialect.Parse(address, _ => false));

        var canonical = Dialect.AddressOf(schema ?? "dbo", name);
        Assert.AreEqual((schema ?? "dbo", name), Dialect.Parse(canonical, _ => false));
        StringAssert.EndsWith(canonical, "@[shop]");
    }

    [TestMethod]
    public void What_is_no_address_or_is_in_another_database_is_refused()
    {
        Assert.AreEqual("Sales@[dbo]@[shop]", Dialect.AddressOf("dbo", "Sales"));
        Assert.ThrowsExactly<FormatException>(() => Dialect.Parse("[Sales", _ => false));
        StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => Dialect.Parse("Sales@[dbo]@[crm]", _ => false)).Message, "'crm'");
    }

    static IEnumerable<(string Name, string Sql)> Definitions(ServerDialect dialect)
    {
        var queue = new QueueTable(dialect, "dbo", "Sales", "Delayed");
        return dialect.CreateSubscriptions(dialect.Table("dbo", "SubscriptionRouting")).Concat(dialect.CreateQueue(queue, showsBodies: true)).Concat(dialect.CreateOutbox("dbo", "Sales_")).Concat(dialect.CreateTimeouts("dbo", "Sales_"))
            .Concat(dialect.CreateSaga("dbo", "Sales_", "Order", SagaDefinition.Of(typeof(Order)))).Prepend(dialect.Exclusively).Prepend(dialect.Prepare).Select(sql => ("Tables", sql));
    }

    static IEnumerable<KeyValuePair<string, StatementText>> Statements(ServerDialect dialect)
    {
        foreach (var method in typeof(ServerDialect).GetMethods().OrderBy(method => method.Name, StringComparer.Ordinal))
        {
            var arguments = method.GetParameters().Select(parameter => Sample(parameter, dialect)).ToArray();
            if (method.ReturnType == typeof(StatementText) && method.Invoke(dialect, arguments) is StatementText statement) yield return new(method.Name.Replace("get_", "", StringComparison.Ordinal), statement);
            if (method.ReturnType != typeof(IEnumerable<StatementText>)) continue;
            foreach (var (number, one) in ((IEnumerable<StatementText>)method.Invoke(dialect, arguments)!).Index()) yield return new($"{method.Name} {number + 1}", one);
        }
    }

    static object? Sample(ParameterInfo parameter, ServerDialect dialect) => parameter switch
    {
        _ when parameter.ParameterType == typeof(QueueTable) => new QueueTable(dialect, "dbo", parameter.Name == "to" ? "error" : "Sales", "Delayed"),
        _ when parameter.ParameterType == typeof(Kind) => Kind.Text,
        { Name: "table" } => dialect.Table("dbo", "Sales_Table"),
        { Name: "property" } => "OrderId",
        _ => null,
    };

    [GeneratedRegex("@p([0-9]+)")]
    private static partial Regex Parameter();
}
