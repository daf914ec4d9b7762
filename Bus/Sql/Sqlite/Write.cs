namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>A piece of work that waits in the lane, and whoever waits for it.</summary>
abstract class Write
{
    public abstract Task Run(Statements statements, ICollection<string> touched);

    /// <summary>It failed and was undone. Nobody is told before the others of its transaction are safe: what it ran into may be theirs, and not there yet.</summary>
    public abstract void Refuse(Exception failure);

    public abstract bool IsRefused { get; }

    /// <summary>Tells its outcome, once the transaction is committed.</summary>
    public abstract void Complete();

    /// <summary>Nothing of the transaction was written.</summary>
    public abstract void Fail(Exception failure);
}

/// <inheritdoc />
sealed class Write<T>(Func<Statements, ICollection<string>, Task<T>> work) : Write
{
    readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    T? _result;
    Exception? _refused;

    public Task<T> Outcome => _outcome.Task;

    public override bool IsRefused => _refused is not null;

    public override async Task Run(Statements statements, ICollection<string> touched) => _result = await work(statements, touched);

    public override void Refuse(Exception failure) => _refused = failure;

    public override void Complete()
    {
        if (_refused is not null) _outcome.TrySetException(_refused);
        else _outcome.TrySetResult(_result!);
    }

    public override void Fail(Exception failure) => _outcome.TrySetException(failure);
}
