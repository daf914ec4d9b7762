using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Crm;

/// <summary>The application's tokens, for all processes: one to call with, and one that is good once, to get the next two with.</summary>
/// <remarks>
/// The newest lie in the endpoint's table, as the one in the settings is used up by then. They are sealed with the application's secret, without which
/// they are worth nothing anyway, so that there is no further key to keep. One process renews at a time: the second would be refused.
/// </remarks>
sealed class Bitrix24Grants(Bitrix24OAuth oauth, CrmLinks links, IDbContextFactory<GrantContext> contexts, IOptions<Bitrix24Options> options, TimeProvider time) : IDisposable
{
    // A token must not run out between here and there.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    readonly CommitLane<GrantContext> _lane = new(contexts);
    readonly SemaphoreSlim _renewal = new(1);
    Bitrix24Grant? _current;

    /// <summary>A token to call with.</summary>
    /// <param name="refused">The one that the portal has just refused: it is not given again.</param>
    public async Task<string> Token(string? refused, CancellationToken cancellation)
    {
        if (IsGood(_current, refused))
            return _current!.AccessToken;

        await _renewal.WaitAsync(cancellation);
        try
        {
            if (!IsGood(_current, refused))
                _current = await links.Hold("token of the application", (_, _) => Newest(refused), cancellation);
            return _current!.AccessToken;
        }
        finally
        {
            _renewal.Release();
        }
    }

    public void Dispose()
    {
        _renewal.Dispose();
        _lane.Dispose();
    }

    /// <summary>Not to be cancelled half-way: the portal gives each pair only once.</summary>
    async Task<Bitrix24Grant> Newest(string? refused)
    {
        var stored = Open(await _lane.Read(context => context.Grants.AsNoTracking().SingleOrDefaultAsync(), CancellationToken.None));
        if (IsGood(stored, refused))
            return stored!;

        var asked = time.GetUtcNow();
        var (access, refresh, seconds) = await oauth.Renew(stored?.RefreshToken ?? options.Value.RefreshToken!);
        var renewed = new Bitrix24Grant(access, asked + TimeSpan.FromSeconds(seconds) - Margin, refresh);
        await _lane.Run(
            context => context.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO CrmGrants (Id, Seed, Sealed) VALUES (1, {Seed()}, {Seal(renewed)})
                ON CONFLICT (Id) DO UPDATE SET Seed = excluded.Seed, Sealed = excluded.Sealed
                """),
            CancellationToken.None);
        return renewed;
    }

    bool IsGood(Bitrix24Grant? grant, string? refused) => grant is not null && grant.AccessToken != refused && time.GetUtcNow() < grant.Until;

    string Seal(Bitrix24Grant grant)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(grant);
        var whole = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + plain.Length];
        var (nonce, tag, secret) = Parts(whole);
        RandomNumberGenerator.Fill(nonce.Span);
        using var cipher = Cipher();
        cipher.Encrypt(nonce.Span, plain, secret.Span, tag.Span);
        return Convert.ToBase64String(whole);
    }

    /// <summary>Null if there is none, or none that counts: whoever enters another first token, or another secret, has authorised the application anew.</summary>
    Bitrix24Grant? Open(GrantRow? row)
    {
        if (row is null || row.Seed != Seed())
            return null;
        try
        {
            var whole = Convert.FromBase64String(row.Sealed);
            var (nonce, tag, secret) = Parts(whole);
            var plain = new byte[secret.Length];
            using var cipher = Cipher();
            cipher.Decrypt(nonce.Span, secret.Span, tag.Span, plain);
            return JsonSerializer.Deserialize<Bitrix24Grant>(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    static (Memory<byte> Nonce, Memory<byte> Tag, Memory<byte> Secret) Parts(byte[] whole)
    {
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        return (whole.AsMemory(0, nonce), whole.AsMemory(nonce, tag), whole.AsMemory(nonce + tag));
    }

    AesGcm Cipher() => new(
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(options.Value.ClientSecret!), 32, info: "Dovetail.Crm.Bitrix24"u8.ToArray()), AesGcm.TagByteSizes.MaxSize);

    string Seed() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Value.ClientId} {options.Value.RefreshToken}")));
}

/// <param name="Until">When the token to call with is not used any more.</param>
sealed record Bitrix24Grant(string AccessToken, DateTimeOffset Until, string RefreshToken);

/// <summary>The table behind <see cref="Bitrix24Grants"/>, of one row.</summary>
sealed class GrantContext(DbContextOptions<GrantContext> options) : DbContext(options)
{
    public DbSet<GrantRow> Grants => Set<GrantRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<GrantRow>(row => row.ToTable("CrmGrants").Property(r => r.Id).ValueGeneratedNever());
}

/// <param name="Seed">Fingerprint of the settings that the grant goes back to.</param>
sealed record GrantRow(int Id, string Seed, string Sealed);
