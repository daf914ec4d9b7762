using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Limits;

/// <summary>A body of unknown length, up to a limit.</summary>
/// <param name="most">Bytes that may be read; the next fails with a <see cref="BadHttpRequestException"/> of status 413.</param>
sealed class LimitedBody(Stream body, long most) : Stream
{
    long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Count(await body.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Count(body.Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    int Count(int read) => (_read += read) <= most ? read : throw new BadHttpRequestException($"The body has more than {most} bytes.", StatusCodes.Status413PayloadTooLarge);
}
