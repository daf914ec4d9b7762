using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Dovetail.Bus.Sagas;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>What a failure of the database means to whoever waits for it.</summary>
enum Fault
{
    /// <summary>The work's own.</summary>
    Other,

    /// <summary>The server can't be reached, or can't write: nobody's fault.</summary>
    Away,

    /// <summary>A row of that key is there already.</summary>
    Duplicate,

    /// <summary>A change met not exactly the rows that it was meant for.</summary>
    Mismatch,

    MissingTable,

    /// <summary>Another transaction has kept for long what this one waited for.</summary>
    Locked,

    /// <summary>Two transactions stood in each other's way, and the database chose this one to give in.</summary>
    Collision,
}

/// <summary>How one kind of database server writes and binds what the bus asks of it.</summary>
/// <remarks>Statements that change or end something fail with <see cref="Fault.Mismatch"/> unless they meet what they are meant for: so a whole commit needs no answer in between, and is one round trip.</remarks>
abstract partial class ServerDialect
{
    readonly ConcurrentDictionary<string, StatementText> _given = new(StringComparer.Ordinal);

    public abstract string Name { get; }

    /// <exception cref="InvalidOperationException">The driver can't work in a process that is set up as this one is.</exception>
    public virtual void CheckProcess()
    {
    }

    /// <summary>Run on each connection that the lanes keep.</summary>
    public abstract string Prepare { get; }

    /// <summary>Takes back what <see cref="Prepare"/> did, for whoever gets the connection from the pool.</summary>
    public abstract string Restore { get; }

    /// <summary>True if statements that travel together are one transaction by themselves, and worth preparing; false if each is one unless they are told otherwise.</summary>
    public abstract bool BatchIsTransaction { get; }

    public abstract string DefaultSchema { get; }

    public abstract string Quote(string name);

    public string Table(string schema, string name) => $"{Quote(schema)}.{Quote(name)}";

    public abstract Fault Sort(Exception failure);

    /// <summary>What a failure to open a connection means, where the driver tells it in other words.</summary>
    public virtual Exception? NotHad(Exception failure) => null;

    /// <summary>True if the server refused to write because it is a replica, or is to be only read.</summary>
    public abstract bool IsOfReplica(Exception failure);

    public abstract void ClearPool(DbConnection sample);

    /// <summary>At which of its statements a batch failed; -1 if that is not known.</summary>
    public abstract int FailedAt(DbBatch batch, DbException failure);

    /// <summary>Adds a value, or for a text that takes rows a column of them.</summary>
    public abstract void Bind(DbParameterCollection parameters, Kind kind, object? value);

    public abstract void BindColumn(DbParameterCollection parameters, Kind kind, IReadOnlyList<Statement> rows, int column);

    /// <summary>How a text names its parameter of that number, the first being 1.</summary>
    public abstract string Parameter(int number);

    /// <summary>The application's own, with a parameter for each hole.</summary>
    public Statement Given(FormattableString statement) => _given.GetOrAdd(statement.Format, (format, holes) => new StatementText(
        string.Format(CultureInfo.InvariantCulture, format, [.. Enumerable.Range(1, holes).Select(Parameter)]), [.. Enumerable.Repeat(Kind.Given, holes)]), statement.ArgumentCount).With(statement.GetArguments());

    /// <summary>Names a saga's or the outbox's table. Too long a name is refused with what to do.</summary>
    public abstract string CheckName(string prefix, string suffix);

    // Tables. Each is made only if it is missing; several processes may do that at the same time.
    public abstract string Exclusively { get; }

    public abstract IEnumerable<string> CreateOutbox(string schema, string prefix);

    public abstract IEnumerable<string> CreateSaga(string schema, string prefix, string suffix, SagaDefinition saga);

    public abstract IEnumerable<string> CreateTimeouts(string schema, string prefix);

    // Outbox. While something is not dispatched, the column that says when it was holds the time of its commit.
    public abstract StatementText FindOutbox(string table);

    public abstract StatementText InsertOutbox(string table);

    public abstract StatementText MarkDispatched(string table);

    public abstract StatementText FindLeft(string table);

    public abstract StatementText StampLeft(string table);

    public abstract StatementText ForgetDispatched(string table);

    public abstract StatementText MeasureOutbox(string table);

    // Sagas.
    public abstract Kind CorrelationKind(Type type);

    public abstract StatementText FindSagaById(string table);

    public abstract StatementText FindSagaByCorrelation(string table, string property, Kind kind);

    public abstract string FindSagaWhere(string table, string condition);

    public abstract StatementText FindOldestSaga(string table);

    public abstract StatementText InsertSaga(string table, string? property, Kind kind);

    public abstract StatementText UpdateSaga(string table);

    public abstract StatementText DeleteSaga(string table);

    // Timeouts.
    public abstract StatementText IsPending(string table);

    public abstract StatementText ListTimeouts(string table);

    public abstract StatementText InsertTimeout(string table);

    /// <summary>Takes what is due until then, and leaves it to the next one at another time.</summary>
    public abstract StatementText TakeTimeouts(string table);

    public abstract StatementText MarkTimeoutSent(string table);

    public abstract StatementText DeleteTimeout(string table);

    public abstract StatementText CancelTimeouts(string table);

    public abstract StatementText DeleteTimeoutsOf(string table);
}
