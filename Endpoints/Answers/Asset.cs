using System.Security.Cryptography;

namespace Dovetail.Endpoints.Answers;

/// <summary>A file that pages need. Its address changes with its content, so browsers may keep it for good.</summary>
/// <param name="Folder">Where its role serves it: <c>/track/assets</c>.</param>
sealed record Asset(string Folder, string File, string ContentType, byte[] Content)
{
    public string Address { get; } = $"{Folder}/{File}?v={Convert.ToHexStringLower(SHA256.HashData(Content).AsSpan(0, 6))}";

    /// <summary>A style or a script that is part of the program.</summary>
    public static Asset Load(string folder, string file)
    {
        using var stream = typeof(Asset).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not in {typeof(Asset).Assembly.GetName().Name}. Embed it in the project under that name.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return new(folder, file, file.EndsWith(".css", StringComparison.Ordinal) ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8", content.ToArray());
    }
}
