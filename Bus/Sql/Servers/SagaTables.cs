using System.Collections.Concurrent;
using System.Reflection;
using Dovetail.Bus.Sagas;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>The tables of one endpoint's sagas.</summary>
/// <param name="version">Of what writes the rows.</param>
sealed class SagaTables(ServerDialect dialect, StoreSettings settings, string version, TimeProvider time)
{
    readonly ConcurrentDictionary<SagaDefinition, Texts> _texts = new();

    /// <summary>A saga's part of its table's name.</summary>
    /// <exception cref="InvalidOperationException">What the saga says of its table can't be kept.</exception>
    public static string SuffixOf(SagaDefinition saga)
    {
        if (saga.SagaType.GetCustomAttribute<SqlSagaAttribute>() is not { } said) return saga.Name;
        if (said.TransitionalCorrelationProperty is { } second)
        {
            throw new InvalidOperationException(
                $"{saga.Name} names {second} as a transitional correlation property, and here a saga is found by one. Finish the move to it with the engine that began it, and then name it as the correlation property.");
        }
        if (said.CorrelationProperty is { } named && named != saga.Correlation?.Name)
            throw new InvalidOperationException($"{saga.Name} names {named} as its correlation property, and its mapping {saga.Correlation?.Name ?? "none"}. Let both say the same, or leave it out of [SqlSaga].");
        return said.TableSuffix ?? saga.Name;
    }

    public string TableOf(SagaDefinition saga) => dialect.Table(settings.Schema, dialect.CheckName(settings.Prefix, SuffixOf(saga)));

    public Statement Find(SagaDefinition saga, SagaKey key) => key switch
    {
        SagaKey.ById { Id: var id } => Of(saga).FindById.With(id),
        SagaKey.ByCorrelation { Value: var value } => Of(saga).FindByCorrelation.With(value),
        _ => throw new InvalidOperationException($"A saga can't be looked up by {key}."),
    };

    /// <summary>Names an instance and its timeouts, to whoever changes them.</summary>
    public static string LockOf(Guid sagaId) => sagaId.ToString("N");

    public Statement FindOldest(SagaDefinition saga) => Of(saga).FindOldest.With();

    public IEnumerable<Statement> Save(SagaChange change)
    {
        var (saga, data) = (change.Saga, change.Data);
        var texts = Of(saga);
        if (change.ReadAt is not { } readAt)
        {
            if (change.Completed) yield break;
            object?[] values = [data.Id, SagaJson.Metadata(data, time.GetUtcNow()), SagaJson.Write(data), version, texts.Version];
            yield return texts.Insert.With(saga.Correlation is { } correlation ? [.. values, correlation.GetValue(data)] : values) with { Refused = Conflict(Fault.Duplicate) };
        }
        else if (change.Completed) yield return texts.Delete.With(data.Id, readAt) with { Refused = Conflict(Fault.Mismatch), Locks = LockOf(data.Id) };
        else yield return texts.Update.With(SagaJson.Write(data), version, texts.Version, data.Id, readAt) with { Refused = Conflict(Fault.Mismatch), Locks = LockOf(data.Id) };

        Func<System.Data.Common.DbException, Exception?> Conflict(Fault fault) => failure => dialect.Sort(failure) == fault ? new SagaConflictException(saga.Name, data.Id, failure) : null;
    }

    Texts Of(SagaDefinition saga) => _texts.GetOrAdd(saga, static (saga, tables) => new Texts(saga, tables.TableOf(saga), tables.Dialect), this);

    ServerDialect Dialect => dialect;

    sealed class Texts(SagaDefinition saga, string table, ServerDialect dialect)
    {
        readonly Kind _correlation = saga.Correlation is { } property ? dialect.CorrelationKind(property.PropertyType) : Kind.Text;

        public string Version { get; } = saga.DataType.Assembly.GetName().Version!.ToString();

        public StatementText FindById { get; } = dialect.FindSagaById(table);

        public StatementText FindByCorrelation => field ??= dialect.FindSagaByCorrelation(table, saga.Correlation!.Name, _correlation);

        public StatementText FindOldest { get; } = dialect.FindOldestSaga(table);

        public StatementText Insert => field ??= dialect.InsertSaga(table, saga.Correlation?.Name, _correlation);

        public StatementText Update { get; } = dialect.UpdateSaga(table);

        public StatementText Delete { get; } = dialect.DeleteSaga(table);
    }
}
