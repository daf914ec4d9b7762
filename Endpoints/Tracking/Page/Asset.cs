using System.Security.Cryptography;

namespace Dovetail.Endpoints.Tracking.Page;

/// <summary>A file that the pages need. Its address changes with its content, so browsers may keep it for good.</summary>
sealed record Asset(string File, string ContentType, byte[] Content)
{
    public static readonly Asset Style = Load("track.css", "text/css; charset=utf-8");
    public static readonly Asset Script = Load("track.js", "text/javascript; charset=utf-8");
    public static readonly Asset AttentionStyle = Load("attention.css", Style.ContentType);
    public static readonly Asset AttentionScript = Load("attention.js", Script.ContentType);

    public string Address { get; } = $"/track/assets/{File}?v={Convert.ToHexStringLower(SHA256.HashData(Content).AsSpan(0, 6))}";

    public static Asset? Find(string file) => new[] { Style, Script, AttentionStyle, AttentionScript }.FirstOrDefault(asset => asset.File == file);

    static Asset Load(string file, string contentType)
    {
        using var stream = typeof(Asset).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not in {typeof(Asset).Assembly.GetName().Name}. Embed it in the project under that name.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return new(file, contentType, content.ToArray());
    }
}
