using System.Text;
using Microsoft.AspNetCore.Http;

namespace Dovetail.ServiceControl.Api;

/// <summary>This instance among several, as clients hand it back to us.</summary>
sealed class Instance(ServiceControlOptions options)
{
    public string Id { get; } = Convert.ToBase64String(Encoding.UTF8.GetBytes(options.Queue)).Replace('+', '-').Replace('/', '_').Replace('=', '.');

    /// <summary>A request that names no instance means this one.</summary>
    public bool Is(HttpRequest request) => request.Query["instance_id"] is var named && (named.Count == 0 || named == Id);
}
