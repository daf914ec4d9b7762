using System.Data.Common;
using Dovetail.Bus.Tests;
using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Dovetail.Endpoints.Tests.Database;

/// <summary>What every database must do for endpoints.</summary>
public abstract class DialectTests(TestContext test)
{
    const string Counter = "counter";

    private protected CancellationToken Cancellation => test.CancellationToken;

    private protected abstract Task<(IAsyncDisposable Place, string ConnectionString)> Database();

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Whatever_is_written_is_read_back_by_statements_and_by_contexts()
    {
        var (place, connection) = await Database();
        await using var _ = place;
        var contexts = Contexts<Things>(connection);
        using var lane = new CommitLane<Things>(contexts);
        var thing = new Thing
        {
            Name = "ring", At = new(2026, 2, 3, 4, 5, 6, 789, TimeSpan.Zero), Price = 12345.6789m, Day = new(2026, 2, 3), Holder = Guid.NewGuid(), Fine = true, Count = 7, Large = long.MaxValue,
        };
        var nothing = new Thing { Name = "nothing", At = DateTimeOffset.UnixEpoch };

        foreach (var each in new[] { thing, nothing, thing })
        {
            await lane.Write(each.Name, db => db.Execute(
                $"""
                INSERT INTO Things (Name, At, Price, Day, Holder, Fine, Count, Large) VALUES ({each.Name}, {each.At}, {each.Price}, {each.Day}, {each.Holder}, {each.Fine}, {each.Count}, {each.Large})
                ON CONFLICT (Name) DO UPDATE SET Count = excluded.Count
                """), Cancellation);
        }

        var read = await lane.Read(db => db.Query($"SELECT At, Price, Day, Holder, Fine, Count, Large FROM Things WHERE Name = {thing.Name}", row => new Thing
        {
            Name = thing.Name, At = new(row.GetInt64(0), TimeSpan.Zero), Price = row.GetDecimal(1), Day = row.GetFieldValue<DateOnly>(2), Holder = row.GetFieldValue<Guid>(3),
            Fine = row.GetBoolean(4), Count = row.GetInt32(5), Large = row.GetInt64(6),
        }).Single(), Cancellation);
        await using var context = await contexts.CreateDbContextAsync(Cancellation);
        Assert.AreEqual(thing, read);
        Assert.AreEqual(thing, await context.All.SingleAsync(row => row.At > DateTimeOffset.UnixEpoch, Cancellation));
        Assert.AreEqual(nothing, await context.All.SingleAsync(row => row.Price == null, Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Processes_that_start_together_create_the_tables_once_and_later_ones_add_what_came_since()
    {
        var (place, connection) = await Database();
        await using var _ = place;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => CreateTables<OldThings>(connection), Cancellation)));
        await using (var old = await Contexts<OldThings>(connection).CreateDbContextAsync(Cancellation))
        {
            old.Add(new OldThing("ring"));
            await old.SaveChangesAsync(Cancellation);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => CreateTables<NewThings>(connection), Cancellation)));

        await using var context = await Contexts<NewThings>(connection).CreateDbContextAsync(Cancellation);
        Assert.AreEqual(new NewThing("ring", null), await context.All.SingleAsync(Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_a_write_reads_holds_until_it_is_committed_also_beside_other_processes()
    {
        var (place, connection) = await Database();
        await using var _ = place;
        await CreateTables<Things>(connection);
        var processes = Enumerable.Range(0, 4).Select(number => OwnCommits.To(Tell(connection, number))).ToList();

        // To look and then to write what one has seen loses an addition wherever somebody else can come between. Each is a commit of its own, so that there is often somebody.
        await Task.WhenAll(processes.Select(commits => Task.Run(async () =>
        {
            for (var n = 0; n < 25; n++) await commits.Run(Counter, AddOne, Cancellation);
        })));

        Assert.AreEqual(100, await processes[0].Read(db => db.Query($"SELECT Count FROM Things", row => row.GetInt32(0)).Single(), Cancellation));
        processes.ForEach(commits => commits.Dispose());

        static int AddOne(PreparedStatements db)
        {
            var before = db.Query($"SELECT Count FROM Things WHERE Name = {Counter}", row => row.GetInt32(0)).SingleOrDefault();
            return db.Execute($"INSERT INTO Things (Name, At, Fine, Count, Large) VALUES ({Counter}, {DateTimeOffset.UnixEpoch}, {false}, {before + 1}, {0L}) ON CONFLICT (Name) DO UPDATE SET Count = excluded.Count");
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Of_writes_that_are_committed_together_only_the_one_that_may_not_be_fails()
    {
        var (place, connection) = await Database();
        await using var _ = place;
        await CreateTables<Things>(connection);
        using var commits = OwnCommits.To(connection);
        await commits.Run("taken", db => Insert(db, "taken"), Cancellation);

        var writes = Enumerable.Range(0, 20).Select(number => commits.Run($"{number}", db => Insert(db, number == 10 ? "taken" : $"{number}"), Cancellation)).ToList();

        var refused = await Assert.ThrowsAsync<DbException>(() => writes[10]);
        Assert.IsTrue(Duplicates.Caused(refused));
        Assert.IsTrue(Duplicates.Caused(new InvalidOperationException("wrapped", refused)));
        await Task.WhenAll(writes.Where((_, number) => number != 10));
        Assert.AreEqual(20, await commits.Read(db => db.Query($"SELECT Name FROM Things", row => row.GetString(0)).Count, Cancellation));
    }

    static int Insert(PreparedStatements db, string name) =>
        db.Execute($"INSERT INTO Things (Name, At, Fine, Count, Large) VALUES ({name}, {DateTimeOffset.UnixEpoch}, {true}, {1}, {1L})");

    /// <summary>A connection string that is another's to whoever compares the texts.</summary>
    static string Tell(string connection, int number) => Dialect.Of(connection) is PostgreSqlDialect ? $"{connection};Application Name=process {number}" : $"{connection};Default Timeout={30 + number}";

    async Task CreateTables<TContext>(string connection) where TContext : DbContext
    {
        await using var context = await Contexts<TContext>(connection).CreateDbContextAsync(Cancellation);
        await Dialect.Of(connection).CreateTables(context, Cancellation);
    }

    static IDbContextFactory<TContext> Contexts<TContext>(string connection) where TContext : DbContext
    {
        var services = new ServiceCollection();
        services.AddOwnDatabase<TContext>(new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:Dovetail", connection)]).Build(), "Test");
        return services.BuildServiceProvider().GetRequiredService<IDbContextFactory<TContext>>();
    }
}

[TestClass]
public sealed class SqliteDialectTests(TestContext test) : DialectTests(test)
{
    private protected override Task<(IAsyncDisposable Place, string ConnectionString)> Database()
    {
        var folder = new OwnFolder();
        return Task.FromResult<(IAsyncDisposable, string)>((folder, $"Data Source={Path.Combine(folder.Path, "things.db")};Pooling=False"));
    }

    sealed class OwnFolder : IAsyncDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("dovetail-dialect-").FullName;

        public ValueTask DisposeAsync()
        {
            Directory.Delete(Path, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}

[TestClass]
public sealed class PostgreSqlDialectTests(TestContext test) : DialectTests(test)
{
    private protected override async Task<(IAsyncDisposable Place, string ConnectionString)> Database()
    {
        var database = await OwnDatabase.Create(Cancellation);
        return (database, database.ConnectionString);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_server_that_was_away_is_read_and_written_again()
    {
        await using var database = await OwnDatabase.Create(Cancellation);
        using var commits = OwnCommits.To(database.ConnectionString);
        Assert.AreEqual(1, await commits.Read(One, Cancellation));
        Assert.AreEqual(1, await commits.Run("one", One, Cancellation));

        await database.CutConnections(Cancellation);

        await Assert.ThrowsAsync<DbException>(() => commits.Read(One, Cancellation));
        await Assert.ThrowsAsync<DbException>(() => commits.Run("one", One, Cancellation));
        Assert.AreEqual(1, await commits.Read(One, Cancellation));
        Assert.AreEqual(1, await commits.Run("one", One, Cancellation));

        static int One(PreparedStatements db) => db.Query($"SELECT 1", row => row.GetInt32(0)).Single();
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_process_that_stands_still_in_the_middle_of_a_commit_holds_up_only_who_writes_about_the_same()
    {
        await using var database = await OwnDatabase.Create(Cancellation);
        using var one = OwnCommits.To($"{database.ConnectionString};Application Name=one");
        using var other = OwnCommits.To($"{database.ConnectionString};Application Name=other");
        var (held, goOn) = await Hold(one, "ring");
        var (busy, goOnToo) = await Hold(other, "brooch");

        // Committed together, as they come while another commit is under way.
        var same = other.Run("ring", _ => "done", Cancellation);
        var others = Enumerable.Range(0, 5).Select(number => other.Run($"chain {number}", _ => "done", Cancellation)).ToList();
        goOnToo.Set();

        Assert.AreEqual("held", await busy);
        foreach (var write in others) Assert.AreEqual("done", await write);
        Assert.AreEqual(PostgresErrorCodes.LockNotAvailable, (await Assert.ThrowsExactlyAsync<PostgresException>(() => same)).SqlState);
        Assert.IsFalse(held.IsCompleted);

        goOn.Set();
        Assert.AreEqual("held", await held);
        Assert.AreEqual("done", await other.Run("ring", _ => "done", Cancellation));

        async Task<(Task<string> Held, ManualResetEventSlim GoOn)> Hold(OwnCommits commits, string about)
        {
            var (begun, goesOn) = (new TaskCompletionSource(), new ManualResetEventSlim());
            var written = commits.Run(about, _ =>
            {
                begun.SetResult();
                goesOn.Wait(Cancellation);
                return "held";
            }, Cancellation);
            await begun.Task.WaitAsync(Cancellation);
            return (written, goesOn);
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Processes_that_write_about_many_things_at_once_do_not_wait_for_each_other_in_a_circle()
    {
        await using var database = await OwnDatabase.Create(Cancellation);
        var processes = Enumerable.Range(0, 4).Select(number => OwnCommits.To($"{database.ConnectionString};Application Name=process {number}")).ToList();

        for (var round = 0; round < 10; round++)
        {
            await Task.WhenAll(processes.SelectMany((commits, number) => Enumerable.Range(0, 20).Select(thing => commits.Run($"{(number % 2 == 0 ? thing : 20 - thing)}", static _ => true, Cancellation))));
        }

        processes.ForEach(commits => commits.Dispose());
    }
}

sealed record Thing
{
    public required string Name { get; init; }

    public DateTimeOffset At { get; init; }

    public decimal? Price { get; init; }

    public DateOnly? Day { get; init; }

    public Guid? Holder { get; init; }

    public bool Fine { get; init; }

    public int Count { get; init; }

    public long Large { get; init; }
}

sealed class Things(DbContextOptions<Things> options) : DbContext(options)
{
    public DbSet<Thing> All => Set<Thing>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) => configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Thing>().ToTable("Things").HasKey(thing => thing.Name);
}

sealed record OldThing(string Name);

sealed record NewThing(string Name, string? Colour);

sealed class OldThings(DbContextOptions<OldThings> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<OldThing>().ToTable("Things").HasKey(thing => thing.Name);
}

sealed class NewThings(DbContextOptions<NewThings> options) : DbContext(options)
{
    public DbSet<NewThing> All => Set<NewThing>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<NewThing>().ToTable("Things").HasKey(thing => thing.Name);
}
