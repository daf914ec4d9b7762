using System.Data.Common;
using Dovetail.Endpoints.Database;
using Microsoft.Data.Sqlite;

namespace Dovetail.Endpoints.Tests.Database;

[TestClass]
public sealed class OwnCommitsTests : IDisposable
{
    const string Things = "things";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-commits-");
    readonly TestContext _test;
    readonly OwnCommits _commits;
    readonly SemaphoreSlim _begun = new(0);
    readonly ManualResetEventSlim _go = new();

    public OwnCommitsTests(TestContext test)
    {
        _test = test;
        using var connection = new SqliteConnection($"{File};Pooling=False");
        connection.Open();
        using var create = connection.CreateCommand();
        create.CommandText = "PRAGMA journal_mode = WAL; CREATE TABLE Things (Name TEXT PRIMARY KEY)";
        create.ExecuteNonQuery();
        _commits = OwnCommits.To(File);
    }

    CancellationToken Cancellation => _test.CancellationToken;

    string File => $"Data Source={Path.Combine(_folder.FullName, "own.db")}";

    public void Dispose()
    {
        _go.Set();
        _commits.Dispose();
        _folder.Delete(recursive: true);
        _begun.Dispose();
        _go.Dispose();
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_is_written_during_a_commit_is_the_next_one_all_together()
    {
        var first = await Hold();
        var transactions = new HashSet<DbTransaction>();
        var others = Enumerable.Range(0, 50).Select(number => _commits.Run(Things, statements => transactions.Add(statements.Transaction!) | Insert(statements, $"other {number}"), Cancellation)).ToList();
        _go.Set();

        await Task.WhenAll([first, .. others]);

        Assert.HasCount(1, transactions);
        Assert.HasCount(51, await Stored());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_write_that_throws_leaves_the_others_of_its_commit_alone()
    {
        var first = await Hold();
        var good = _commits.Run(Things, statements => Insert(statements, "good"), Cancellation);
        var bad = _commits.Run<bool>(Things, _ => throw new FormatException("nothing was written"), Cancellation);
        var alsoGood = _commits.Run(Things, statements => Insert(statements, "also good"), Cancellation);
        _go.Set();

        await Task.WhenAll(first, good, alsoGood);
        await Assert.ThrowsExactlyAsync<FormatException>(() => bad);
        Assert.AreEqual("also good, first, good", string.Join(", ", await Stored()));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Of_writes_that_break_a_rule_of_the_tables_together_each_answers_for_itself()
    {
        var first = await Hold();
        var times = 0;
        var good = _commits.Run(Things, statements => Insert(statements, $"good, written {++times} times"), Cancellation);
        var taken = _commits.Run(Things, statements => Insert(statements, "first"), Cancellation);
        var alsoGood = _commits.Run(Things, statements => Insert(statements, "also good"), Cancellation);
        _go.Set();

        await Task.WhenAll(first, good, alsoGood);
        Assert.AreEqual(19, (await Assert.ThrowsExactlyAsync<SqliteException>(() => taken)).SqliteErrorCode);
        Assert.AreEqual("also good, first, good, written 2 times", string.Join(", ", await Stored()));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task After_a_failure_the_next_write_is_as_good_as_any()
    {
        await Assert.ThrowsExactlyAsync<SqliteException>(() => _commits.Run(Things, statements => statements.Execute($"INSERT INTO Nowhere VALUES (1)"), Cancellation));
        await _commits.Run(Things, statements => Insert(statements, "next"), Cancellation);

        Assert.AreEqual("next", (await Stored()).Single());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_reads_waits_for_no_write_and_sees_none_that_is_not_committed()
    {
        var first = await Hold(insertFirst: true);
        Assert.IsEmpty(await Stored());

        _go.Set();
        await first;
        Assert.AreEqual("first", (await Stored()).Single());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_waits_no_longer_leaves_the_write_to_its_commit()
    {
        var first = await Hold();
        using var impatience = new CancellationTokenSource();
        var second = _commits.Run(Things, statements => Insert(statements, "second"), impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsExactlyAsync<TaskCanceledException>(() => second);
        _go.Set();
        await first;

        // It was in the line before this one.
        await _commits.Run(Things, statements => Insert(statements, "third"), Cancellation);
        Assert.AreEqual("first, second, third", string.Join(", ", await Stored()));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_commit_waits_for_its_turn_and_takes_what_came_meanwhile()
    {
        var turns = WriteTurns.Of($"Data Source={Path.Combine(_folder.FullName, "..", _folder.Name, "own.db")};Pooling=False");
        await turns.WaitAsync(Cancellation);
        var transactions = new HashSet<DbTransaction>();
        var first = _commits.Run(Things, statements => transactions.Add(statements.Transaction!) | Insert(statements, "first"), Cancellation);
        var second = _commits.Run(Things, statements => transactions.Add(statements.Transaction!) | Insert(statements, "second"), Cancellation);
        Assert.IsEmpty(await Stored());

        turns.Release();

        await Task.WhenAll(first, second);
        Assert.HasCount(1, transactions);
        // It gives the turn back.
        await turns.WaitAsync(Cancellation);
        turns.Release();
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Users_of_one_file_share_its_commits_until_the_last_of_them_has_gone()
    {
        var other = OwnCommits.To(File);
        Assert.AreSame(_commits, other);
        other.Dispose();
        await _commits.Run(Things, statements => Insert(statements, "still there"), Cancellation);

        var held = await Hold();
        _commits.Dispose();
        using var anew = OwnCommits.To(File);
        Assert.AreNotSame(_commits, anew);
        _go.Set();
        await held;
        Assert.AreEqual("first, still there", string.Join(", ", await anew.Read(Names, Cancellation)));
    }

    static bool Insert(PreparedStatements statements, string name) => statements.Execute($"INSERT INTO Things (Name) VALUES ({name})") == 1;

    static List<string> Names(PreparedStatements statements) => statements.Query($"SELECT Name FROM Things ORDER BY Name", row => row.GetString(0));

    Task<List<string>> Stored() => _commits.Read(Names, Cancellation);

    /// <summary>Lets a commit begin, and end only when it may.</summary>
    async Task<Task<bool>> Hold(bool insertFirst = false)
    {
        var held = _commits.Run(
            Things, statements =>
            {
                var inserted = insertFirst && Insert(statements, "first");
                _begun.Release();
                _go.Wait(Cancellation);
                return inserted || Insert(statements, "first");
            }, Cancellation);
        await _begun.WaitAsync(Cancellation);
        return held;
    }
}
