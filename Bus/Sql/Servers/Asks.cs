using System.Data.Common;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>A question that waits for its round trip.</summary>
abstract class Question(Statement statement) : Ask
{
    public Statement Statement => statement;

    public abstract Task Read(DbDataReader reader);

    /// <summary>Told once the whole round trip is over.</summary>
    public abstract void Answer();
}

/// <inheritdoc />
/// <param name="read">Reads one row.</param>
sealed class Question<T>(Statement statement, Func<DbDataReader, T> read) : Question(statement)
{
    readonly TaskCompletionSource<List<T>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<T> _rows = [];
    Exception? _unreadable;

    public Task<List<T>> Answered => _answer.Task;

    public override async Task Read(DbDataReader reader)
    {
        _rows.Clear();
        _unreadable = null;
        while (await reader.ReadAsync())
        {
            try
            {
                _rows.Add(read(reader));
            }
            catch (Exception failure) when (failure is not (DbException or IOException))
            {
                // What one can't read, the others don't care about.
                _unreadable = failure;
            }
        }
    }

    public override void Answer()
    {
        if (_unreadable is not null) _answer.TrySetException(_unreadable);
        else _answer.TrySetResult(_rows);
    }

    public override void Fail(Exception failure) => _answer.TrySetException(failure);
}

/// <summary>A change that waits for its transaction. Those of many share one; if the database refuses that, each has its own.</summary>
sealed class Change(IReadOnlyList<Statement> statements) : Ask
{
    readonly TaskCompletionSource _made = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<Statement> Statements => statements;

    public Task Made => _made.Task;

    public void Complete() => _made.TrySetResult();

    public override void Fail(Exception failure) => _made.TrySetException(failure);
}
