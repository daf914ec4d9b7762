using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Dovetail.ServiceControl.Store;

/// <summary>Everything that ServiceControl knows, in a file of its own.</summary>
sealed class StoreContext(DbContextOptions<StoreContext> options) : DbContext(options)
{
    public DbSet<StoredMessage> Messages => Set<StoredMessage>();

    public DbSet<ProcessedMessage> Processed => Set<ProcessedMessage>();

    public DbSet<FailedMessage> Failed => Set<FailedMessage>();

    public DbSet<Retry> Retries => Set<Retry>();

    public DbSet<MessageBody> Bodies => Set<MessageBody>();

    public DbSet<FailedImport> FailedImports => Set<FailedImport>();

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        // As numbers they can be compared and sorted in every database.
        conventions.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();
        conventions.Properties<TimeSpan>().HaveConversion<TimeSpanToTicksConverter>();
        conventions.Properties<MessageStatus>().HaveConversion<string>();
        conventions.Properties<RetryOutcome>().HaveConversion<string>();
        conventions.Properties<IReadOnlyDictionary<string, string>>().HaveConversion<HeadersConverter, HeadersComparer>();
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
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

    sealed class InstantConverter() : ValueConverter<DateTimeOffset, long>(instant => instant.UtcTicks, ticks => new(ticks, TimeSpan.Zero));

    sealed class HeadersConverter() : ValueConverter<IReadOnlyDictionary<string, string>, string>(
        headers => JsonSerializer.Serialize(headers, JsonSerializerOptions.Default),
        json => JsonSerializer.Deserialize<Dictionary<string, string>>(json, JsonSerializerOptions.Default)!);

    /// <summary>Headers are replaced as a whole, never changed in place.</summary>
    sealed class HeadersComparer() : ValueComparer<IReadOnlyDictionary<string, string>>(
        (one, other) => ReferenceEquals(one, other), headers => headers.GetHashCode(), headers => headers);
}
