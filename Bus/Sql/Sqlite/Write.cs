namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>A piece of work that waits in the lane, and whoever waits for it.</summary>
abstract class Write
{
    public abstract Task Run(Statements statements, ICollection<string> touched);

    /// <summary>True once its outcome was told.</summary>
    public abstract bool IsDecided { get; }

    public abstract void Complete();

    public abstract void Fail(Exception failure);
}

/// <inheritdoc />
sealed class Write<T>(Func<Statements, ICollection<string>, Task<T>> work) : Write
{
    readonly TaskCompletionSource<T> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    T? _result;

    public Task<T> Outcome => _outcome.Task;

    public override bool IsDecided => _outcome.Task.IsCompleted;

    public override async Task Run(Statements statements, ICollection<string> touched) => _result = await work(statements, touched);

    public override void Complete() => _outcome.TrySetResult(_result!);

    public override void Fail(Exception failure) => _outcome.TrySetException(failure);
}
