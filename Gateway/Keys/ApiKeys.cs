using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Gateway.Keys;

/// <summary>The keys by which clients are known. A client may hold two that are in force, so that it can change over without a gap.</summary>
public sealed class ApiKeys(string connectionString, TimeProvider time) : IDisposable
{
    const int MostActive = 2;
    const int LeastLength = 16;

    // So long a key that another process revoked may still be let in.
    static readonly TimeSpan CacheTime = TimeSpan.FromSeconds(15);

    // Only keys that exist are remembered: strangers' guesses must not fill the memory.
    readonly ConcurrentDictionary<string, (ApiKey Key, DateTimeOffset ReadAt)> _cache = new();
    readonly SemaphoreSlim _creating = new(1);
    bool _created;

    /// <summary>Sees to it that this very key is in force, whatever the number of starts. One that was revoked stays revoked.</summary>
    public async Task Ensure(string key, string client, IReadOnlyCollection<string> roles, CancellationToken cancellation)
    {
        if (key.Length < LeastLength || key.Any(character => character is <= ' ' or > '~'))
            throw new ArgumentException($"The key for client '{client}' cannot be used: it needs at least {LeastLength} printable ASCII characters without spaces.", nameof(key));

        await Add(key, client, name: client, roles, expires: null, cancellation);
    }

    /// <returns>The clear key, which is stored nowhere and cannot be had again.</returns>
    public async Task<CreatedKey> Create(
        string client, string name, IReadOnlyCollection<string> roles, DateTimeOffset? expires, CancellationToken cancellation)
    {
        // The prefix lets scanners find a key that was committed or pasted by mistake.
        var key = "dvt_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return new CreatedKey(await Add(key, client, name, roles, expires, cancellation), key);
    }

    /// <returns>False when no such key was in force.</returns>
    public async Task<bool> Revoke(string id, CancellationToken cancellation)
    {
        await using var database = await Open(cancellation);
        var now = time.GetUtcNow();
        var revoked = await database.Keys
            .Where(key => key.Id == id && key.Revoked == null)
            .ExecuteUpdateAsync(set => set.SetProperty(key => key.Revoked, now), cancellation);
        _cache.TryRemove(id, out _);
        return revoked > 0;
    }

    /// <summary>Takes a key out as if it had never been, unlike <see cref="Revoke"/>, after which it can't come back.</summary>
    public async Task Forget(string key, CancellationToken cancellation)
    {
        var id = IdOf(HashOf(key));
        await using var database = await Open(cancellation);
        await database.Keys.Where(known => known.Id == id).ExecuteDeleteAsync(cancellation);
        _cache.TryRemove(id, out _);
    }

    public async Task<IReadOnlyList<ApiKey>> List(CancellationToken cancellation)
    {
        await using var database = await Open(cancellation);
        return await database.Keys.AsNoTracking().OrderBy(key => key.Client).ThenBy(key => key.Id).ToListAsync(cancellation);
    }

    public void Dispose() => _creating.Dispose();

    /// <summary>Finds a key whether or not it is in force: its owner may be told why it is not.</summary>
    internal async ValueTask<ApiKey?> Find(string key, CancellationToken cancellation)
    {
        var hash = HashOf(key);
        return await FindById(IdOf(hash), cancellation) is { } found && CryptographicOperations.FixedTimeEquals(found.Hash, hash) ? found : null;
    }

    internal async ValueTask<ApiKey?> FindById(string id, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (_cache.TryGetValue(id, out var cached) && now - cached.ReadAt < CacheTime)
            return cached.Key;

        await using var database = await Open(cancellation);
        var found = await database.Keys.AsNoTracking().SingleOrDefaultAsync(key => key.Id == id, cancellation);
        if (found is not null)
            _cache[id] = (found, now);

        return found;
    }

    async Task<string> Add(
        string key, string client, string name, IReadOnlyCollection<string> roles, DateTimeOffset? expires, CancellationToken cancellation)
    {
        Check(client, name, roles);
        var hash = HashOf(key);
        var id = IdOf(hash);

        await using var database = await Open(cancellation);
        await using var transaction = await database.BeginWriting(cancellation);
        var known = await database.Keys.SingleOrDefaultAsync(other => other.Id == id, cancellation);
        if (known is not null && known.Client != client)
            throw new InvalidOperationException($"Key {id} belongs to client '{known.Client}' and cannot serve '{client}' too. Give each client a key of its own.");

        if (known is null)
        {
            var active = (await database.Keys.Where(other => other.Client == client).ToListAsync(cancellation)).FindAll(other => other.IsActive(time.GetUtcNow()));
            if (active.Count >= MostActive)
            {
                throw new InvalidOperationException(
                    $"Client '{client}' already holds {MostActive} keys in force ({string.Join(", ", active.Select(other => other.Id))}). Revoke the one that is no longer used, then try again.");
            }

            known = new ApiKey { Id = id, Client = client, Name = name, Roles = [], Created = time.GetUtcNow(), Expires = expires, Hash = hash };
            database.Keys.Add(known);
        }

        known.Roles = [.. roles];
        await database.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        _cache.TryRemove(id, out _);
        return id;
    }

    static void Check(string client, string name, IReadOnlyCollection<string> roles)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(client);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (roles.Count == 0 || roles.Except(Roles.All).Any())
            throw new ArgumentException($"The key for client '{client}' cannot have the roles '{string.Join(", ", roles)}'. Give one or more of {string.Join(", ", Roles.All)}.", nameof(roles));
    }

    async ValueTask<KeyDatabase> Open(CancellationToken cancellation)
    {
        var database = new KeyDatabase(connectionString);
        if (Volatile.Read(ref _created))
            return database;

        await _creating.WaitAsync(cancellation);
        try
        {
            await database.CreateSchema(cancellation);
            Volatile.Write(ref _created, true);
        }
        finally
        {
            _creating.Release();
        }

        return database;
    }

    static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    static string IdOf(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, 8));
}
