using System.Data.Common;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Dovetail.ServiceControl.Store;

/// <summary>Everything that ServiceControl knows, in a file of its own or in a schema of a PostgreSQL database.</summary>
sealed class StoreContext(DbContextOptions<StoreContext> options) : DbContext(options)
{
    const string Schema = "servicecontrol";

    // On SQLite a transaction takes the write lock as it begins; this makes PostgreSQL do the same, for what several processes of ServiceControl write.
    const string TakeTurn = "SELECT pg_advisory_xact_lock(5829104466)";

    public DbSet<StoredMessage> Messages => Set<StoredMessage>();

    public DbSet<ProcessedMessage> Processed => Set<ProcessedMessage>();

    public DbSet<FailedMessage> Failed => Set<FailedMessage>();

    public DbSet<Retry> Retries => Set<Retry>();

    public DbSet<MessageBody> Bodies => Set<MessageBody>();

    public DbSet<FailedImport> FailedImports => Set<FailedImport>();

    /// <param name="database">A file, or a connection string that names a host.</param>
    public static void Use(DbContextOptionsBuilder options, string database)
    {
        if (IsServer(database)) options.UseNpgsql(database);
        else options.UseSqlite(new SqliteConnectionStringBuilder { DataSource = database, DefaultTimeout = 30 }.ConnectionString);
    }

    /// <summary>Creates what is missing of file, schema and tables.</summary>
    public async Task Create(CancellationToken cancellation)
    {
        if (!Database.IsNpgsql())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Database.GetDbConnection().DataSource))!);
            await Database.EnsureCreatedAsync(cancellation);
            return;
        }
        await using var transaction = await BeginWriting(cancellation);
        if (!await Database.SqlQuery<string>($"SELECT schema_name::text AS \"Value\" FROM information_schema.schemata WHERE schema_name = {Schema}").AnyAsync(cancellation))
            await this.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>A transaction in which nobody else writes.</summary>
    public async Task<IDbContextTransaction> BeginWriting(CancellationToken cancellation)
    {
        var transaction = await Database.BeginTransactionAsync(cancellation);
        if (Database.IsNpgsql()) await Database.ExecuteSqlRawAsync(TakeTurn, cancellation);
        return transaction;
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        // As numbers they can be compared and sorted in every database.
        conventions.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();
        conventions.Properties<TimeSpan>().HaveConversion<TimeSpanToTicksConverter>();
        if (Database.IsNpgsql()) conventions.Properties<string>().HaveConversion<TextConverter>();
        conventions.Properties<MessageStatus>().HaveConversion<string>();
        conventions.Properties<RetryOutcome>().HaveConversion<string>();
        conventions.Properties<IReadOnlyDictionary<string, string>>().HaveConversion<HeadersConverter, HeadersComparer>();
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
        if (Database.IsNpgsql()) model.HasDefaultSchema(Schema);
        model.Entity<StoredMessage>(message =>
        {
            message.ToTable("Messages").HasDiscriminator<string>("Kind").HasValue<ProcessedMessage>("Processed").HasValue<FailedMessage>("Failed");

            // Failures are few among very many: what asks for a kind must not walk over the other.
            message.HasIndex("Kind", nameof(StoredMessage.ProcessedAt));
            message.HasIndex(m => m.TimeSent);
            message.HasIndex(m => m.ProcessedAt);
            message.HasIndex(m => m.MessageId);
            message.HasIndex(m => m.ConversationId);
            message.HasIndex(m => new { m.Endpoint, m.ProcessedAt });
            message.HasIndex(m => new { m.Status, m.ProcessedAt });
        });
        model.Entity<FailedMessage>(message =>
        {
            message.HasMany(m => m.Attempts).WithOne().HasForeignKey(attempt => attempt.FailedMessageId);
            message.HasMany(m => m.Retries).WithOne(retry => retry.Message).HasForeignKey(retry => retry.FailedMessageId);
        });
        model.Entity<FailedAttempt>(attempt =>
        {
            attempt.ToTable("Attempts");
            attempt.HasIndex(a => new { a.FailedMessageId, a.FailedAt }).IsUnique();
        });

        // At most one retry of a message is under way, whoever asks and however often.
        model.Entity<Retry>().HasIndex(retry => retry.FailedMessageId).HasFilter($"\"{nameof(Retry.EndedAt)}\" IS NULL").IsUnique();
        model.Entity<Retry>().HasIndex(retry => new { retry.FailedMessageId, retry.RequestedAt });
        model.Entity<FailedImport>().HasIndex(import => import.ReceivedAt);
    }

    static bool IsServer(string database) => database.Contains('=', StringComparison.Ordinal) && new DbConnectionStringBuilder { ConnectionString = database }.ContainsKey("Host");

    /// <summary>PostgreSQL's text has no place for the character zero, and a message with one must be stored all the same.</summary>
    sealed class TextConverter() : ValueConverter<string, string>(text => text.Replace('\0', '\uFFFD'), text => text);

    sealed class InstantConverter() : ValueConverter<DateTimeOffset, long>(instant => instant.UtcTicks, ticks => new(ticks, TimeSpan.Zero));

    sealed class HeadersConverter() : ValueConverter<IReadOnlyDictionary<string, string>, string>(
        headers => JsonSerializer.Serialize(headers, JsonSerializerOptions.Default),
        json => JsonSerializer.Deserialize<Dictionary<string, string>>(json, JsonSerializerOptions.Default)!);

    /// <summary>Headers are replaced as a whole, never changed in place.</summary>
    sealed class HeadersComparer() : ValueComparer<IReadOnlyDictionary<string, string>>(
        (one, other) => ReferenceEquals(one, other), headers => headers.GetHashCode(), headers => headers);
}
