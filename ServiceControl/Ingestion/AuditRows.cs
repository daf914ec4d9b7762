using System.Data.Common;
using Dovetail.ServiceControl.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace Dovetail.ServiceControl.Ingestion;

/// <summary>Writes audited messages by two statements that are prepared once a batch. They are nearly all that is ever ingested: as tracked entities they cost five times as much.</summary>
/// <param name="model">Says which columns there are, and what stands in them.</param>
sealed class AuditRows(IModel model)
{
    readonly Table _messages = new(model.FindEntityType(typeof(ProcessedMessage))!);
    readonly Table _bodies = new(model.FindEntityType(typeof(MessageBody))!);

    /// <summary>Within the context's transaction. A message that is there already is left as it is.</summary>
    public async Task Insert(StoreContext context, IReadOnlyList<Incoming.Audited> audited, CancellationToken cancellation)
    {
        if (audited.Count == 0) return;
        await using var message = _messages.Prepare(context);
        await using var body = _bodies.Prepare(context);
        foreach (var (row, content) in audited)
        {
            if (await _messages.Insert(message, row, cancellation) == 1) await _bodies.Insert(body, new MessageBody { Id = row.Id, Content = content }, cancellation);
        }
    }

    sealed class Table
    {
        readonly string _insert;
        readonly IReadOnlyList<Func<object, object?>> _values;

        public Table(IEntityType type)
        {
            var columns = type.GetProperties().ToList();
            var names = columns.Select(column => $"\"{column.GetColumnName()}\"");
            var table = type.GetSchema() is { } schema ? $"\"{schema}\".\"{type.GetTableName()}\"" : $"\"{type.GetTableName()}\"";
            _insert = $"INSERT INTO {table} ({string.Join(", ", names)}) VALUES ({string.Join(", ", columns.Select((_, number) => $"@p{number}"))}) ON CONFLICT DO NOTHING";
            _values = [.. columns.Select(column => Value(type, column))];
        }

        public DbCommand Prepare(StoreContext context)
        {
            var command = context.Database.GetDbConnection().CreateCommand();
            command.Transaction = context.Database.CurrentTransaction!.GetDbTransaction();
            command.CommandText = _insert;
            for (var number = 0; number < _values.Count; number++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = $"@p{number}";
                command.Parameters.Add(parameter);
            }
            return command;
        }

        public Task<int> Insert(DbCommand command, object row, CancellationToken cancellation)
        {
            for (var number = 0; number < _values.Count; number++) command.Parameters[number].Value = _values[number](row) ?? DBNull.Value;
            return command.ExecuteNonQueryAsync(cancellation);
        }

        static Func<object, object?> Value(IEntityType type, IProperty column)
        {
            if (column == type.FindDiscriminatorProperty())
            {
                var kind = type.GetDiscriminatorValue();
                return _ => kind;
            }
            var (read, stored) = (column.GetGetter(), column.GetTypeMapping().Converter);
            return row => read.GetClrValue(row) is { } value ? stored is null ? value : stored.ConvertToProvider(value) : null;
        }
    }
}
