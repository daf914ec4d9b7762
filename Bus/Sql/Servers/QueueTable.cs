namespace Dovetail.Bus.Sql.Servers;

/// <summary>A queue's tables, and the statements on them.</summary>
/// <param name="suffix">Of the table of delayed messages.</param>
sealed class QueueTable(ServerDialect dialect, string schema, string name, string suffix)
{
    public string Name => name;

    /// <summary>As it stands in headers and in the table of subscriptions.</summary>
    public string Address { get; } = dialect.AddressOf(schema, name);

    public string Table { get; } = dialect.Table(schema, name);

    public string Delayed { get; } = dialect.Table(schema, $"{name}.{suffix}");

    public string Claims { get; } = dialect.Table(schema, $"{name}.Claims");

    public StatementText Send => field ??= dialect.Send(this);

    public StatementText SendDelayed => field ??= dialect.SendDelayed(this);

    public StatementText Claim => field ??= dialect.Claim(this);

    public StatementText ClaimAgain => field ??= dialect.ClaimAgain(this);

    public StatementText End => field ??= dialect.End(this);

    public StatementText Renew => field ??= dialect.Renew(this);

    public StatementText RenewFree => field ??= dialect.RenewFree(this);

    public StatementText Release => field ??= dialect.Release(this);

    public StatementText MoveDue => field ??= dialect.MoveDue(this);

    public StatementText NextDue => field ??= dialect.NextDue(this);
}
