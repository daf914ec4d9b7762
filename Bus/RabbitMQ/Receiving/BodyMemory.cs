using System.Runtime.InteropServices;

namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>Memory for the bodies of messages, which is used again where it is given back.</summary>
sealed class BodyMemory
{
    const int Most = 256;
    const int Largest = 16 * 1024;

    readonly Lock _gate = new();
    readonly Stack<byte[]> _free = new();

    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> body)
    {
        byte[]? memory;
        lock (_gate) _free.TryPop(out memory);
        if (memory is null || memory.Length < body.Length) memory = new byte[body.Length];
        body.CopyTo(memory);
        return memory.AsMemory(0, body.Length);
    }

    /// <param name="body">A copy that was made here, or by another of these.</param>
    public void GiveBack(ReadOnlyMemory<byte> body)
    {
        if (!MemoryMarshal.TryGetArray(body, out var memory) || memory.Array is not { Length: > 0 and <= Largest } array) return;
        lock (_gate)
        {
            if (_free.Count < Most) _free.Push(array);
        }
    }
}
