using System.Buffers.Binary;

namespace Dovetail.Bus.Messages;

/// <summary>Random ids whose last six bytes grow with time, so that database indexes stay compact.</summary>
static class CombGuid
{
    static readonly DateTime Epoch = new(1900, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static Guid New(DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[16];
        Chance.NewGuid().TryWriteBytes(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[10..], (ushort)(now.UtcDateTime - Epoch).Days);
        // A tick of SQL Server's datetime is a three-hundredth of a second: the format comes from there.
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], (uint)(now.UtcDateTime.TimeOfDay.TotalMilliseconds / 3.333333));
        return new Guid(bytes);
    }
}
