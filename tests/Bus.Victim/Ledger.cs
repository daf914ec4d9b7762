using System.Diagnostics;
using System.Text;

namespace Dovetail.Bus.Victim;

/// <summary>What happened, outside the database: a line for each attempt and for each commit, in the file before anything else happens.</summary>
sealed class Ledger(string path) : IDisposable
{
    readonly FileStream _file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    readonly Lock _gate = new();

    public void Attempt(string queue, string messageId, string attempt) => Write("attempt", queue, messageId, attempt);

    public void Committed(string queue, string messageId) => Write("committed", queue, messageId, "-");

    public void Dispose() => _file.Dispose();

    // The clock is one for all processes of the machine, so that lines of several ledgers can be put in order.
    void Write(string what, string queue, string messageId, string attempt)
    {
        lock (_gate) _file.Write(Encoding.UTF8.GetBytes($"{Stopwatch.GetTimestamp()} {what} {queue} {messageId} {attempt}\n"));
    }
}
