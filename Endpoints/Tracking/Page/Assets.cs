using Dovetail.Endpoints.Answers;

namespace Dovetail.Endpoints.Tracking.Page;

/// <summary>The files of this role's pages.</summary>
static class Assets
{
    const string Folder = "/track/assets";

    public static readonly Asset Style = Asset.Load(Folder, "track.css");
    public static readonly Asset Script = Asset.Load(Folder, "track.js");
    public static readonly Asset AttentionStyle = Asset.Load(Folder, "attention.css");
    public static readonly Asset AttentionScript = Asset.Load(Folder, "attention.js");
}
