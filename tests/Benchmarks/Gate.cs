namespace Dovetail.Benchmarks;

/// <summary>Holds the handlers until all is ready, and tells when all were called.</summary>
static class Gate
{
    static TaskCompletionSource Opened = new();
    static TaskCompletionSource Every = new();
    static int Expected;
    static int Called;

    public static Task All => Every.Task;

    /// <summary>How many wait, or went through.</summary>
    public static int Count => Volatile.Read(ref Called);

    public static void Close(int expected) =>
        (Opened, Every, Expected, Called) = (new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously), expected, 0);

    public static void Open() => Opened.SetResult();

    public static Task Pass()
    {
        if (Interlocked.Increment(ref Called) == Expected) Every.SetResult();
        return Opened.Task;
    }
}
