using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Notifications.Preferences;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Notifications;

/// <summary>What Notifications keeps: what was sent, and how customers wish to be told.</summary>
sealed class NotificationsContext(DbContextOptions<NotificationsContext> options) : DbContext(options)
{
    public DbSet<NoticeRow> Notices => Set<NoticeRow>();

    public DbSet<PreferencesRow> Preferences => Set<PreferencesRow>();

    public DbSet<ConsentRow> Consents => Set<ConsentRow>();

    public DbSet<LinkTokenRow> LinkTokens => Set<LinkTokenRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<NoticeRow>(row =>
        {
            row.ToTable("Notices").HasKey(notice => notice.NotificationId);
            row.HasIndex(notice => notice.OrderId);
            row.Property(notice => notice.State).HasConversion<string>();
            row.Property(notice => notice.Channel).HasConversion<string>();
        });
        modelBuilder.Entity<PreferencesRow>(row =>
        {
            row.ToTable("NotificationPreferences").HasKey(customer => new { customer.Client, customer.CustomerId });
            row.HasIndex(customer => customer.ChatId);
        });
        modelBuilder.Entity<ConsentRow>(row =>
        {
            row.ToTable("NotificationConsents").HasKey(consent => consent.Id);
            row.HasIndex(consent => new { consent.Client, consent.CustomerId });
        });
        modelBuilder.Entity<LinkTokenRow>(row => row.ToTable("TelegramLinkTokens").HasKey(link => link.Hash));
    }
}
