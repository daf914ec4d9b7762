using Dovetail.Endpoints.Database;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Tests.Database;

[TestClass]
public sealed class PreparedStatementsTests : IDisposable
{
    static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.FromHours(3));

    readonly SqliteConnection _connection = new("Data Source=:memory:");
    readonly PreparedStatements _statements;

    public PreparedStatementsTests()
    {
        _connection.Open();
        using var things = Things();
        things.Database.EnsureCreated();
        _statements = new(_connection, Dialect.Of(_connection.ConnectionString));
    }

    public void Dispose() => _connection.Dispose();

    [TestMethod]
    [DataRow("plain")]
    [DataRow("'); DROP TABLE Things; --")]
    [DataRow("{0} @p0")]
    [DataRow(null)]
    public void What_stands_in_a_hole_is_a_value_and_never_a_part_of_the_statement(string? text)
    {
        Assert.AreEqual(1, Insert(1, text));

        Assert.AreEqual(text, _statements.Query($"SELECT Text FROM Things WHERE Text IS {text}", row => row.IsDBNull(0) ? null : row.GetString(0)).Single());
    }

    [TestMethod]
    public void A_statement_that_comes_again_has_the_values_of_this_time()
    {
        foreach (var (id, text) in new[] { (1, "one"), (2, (string?)null), (3, "three") }) Insert(id, text);

        string? Text(int id) => _statements.Query($"SELECT Text FROM Things WHERE Id = {id}", row => row.IsDBNull(0) ? null : row.GetString(0)).Single();
        Assert.AreEqual("one||three", $"{Text(1)}|{Text(2)}|{Text(3)}");
    }

    [TestMethod]
    public void Money_and_instants_are_written_as_contexts_read_them()
    {
        Insert(1, "one", 0.10m, Noon);
        using var things = Things();

        var read = things.Set<Thing>().Single();
        Assert.AreEqual((0.10m, Noon.ToUniversalTime(), TimeSpan.Zero), (read.Price!.Value, read.At!.Value, read.At.Value.Offset));
        Assert.AreEqual("0.10", _statements.Query($"SELECT CAST(Price AS TEXT) FROM Things", row => row.GetString(0)).Single());
    }

    [TestMethod]
    public async Task It_belongs_to_the_transaction_that_is_set_and_to_none_after_it()
    {
        await using (var transaction = _connection.BeginTransaction())
        {
            _statements.Transaction = transaction;
            Insert(1, "undone");
            await transaction.RollbackAsync();
        }
        _statements.Transaction = null;

        Assert.AreEqual(1, await _statements.Execute($"INSERT INTO Things (Id, Text) VALUES ({2}, {"kept"})", CancellationToken.None));
        Assert.AreEqual("kept", _statements.Query($"SELECT Text FROM Things", row => row.GetString(0)).Single());
    }

    int Insert(int id, string? text, decimal? price = null, DateTimeOffset? at = null) => _statements.Execute($"INSERT INTO Things (Id, Text, Price, At) VALUES ({id}, {text}, {price}, {at})");

    ThingsDb Things() => new(new DbContextOptionsBuilder<ThingsDb>().UseSqlite(_connection).Options);

    internal sealed class Thing
    {
        public int Id { get; init; }

        public string? Text { get; init; }

        public decimal? Price { get; init; }

        public DateTimeOffset? At { get; init; }
    }

    sealed class ThingsDb(DbContextOptions<ThingsDb> options) : DbContext(options)
    {
        protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) => configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Thing>().ToTable("Things").Property(thing => thing.Id).ValueGeneratedNever();
    }
}
