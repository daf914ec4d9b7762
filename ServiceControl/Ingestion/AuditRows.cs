using System.Data.Common;
using Dovetail.ServiceControl.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace Dovetail.ServiceControl.Ingestion;

/// <summary>Writes audited messages by two statements that stay prepared. They are nearly all that is ever ingested: as tracked entities they cost five times as much.</summary>
/// <param name="model">Says which columns there are, and what stands in them.</param>
sealed class AuditRows(IModel model)
{
    readonly Table _messages = new(model.FindEntityType(typeof(ProcessedMessage))!);
    readonly Table _bodies = new(model.FindEntityType(typeof(MessageBody))!);

    /// <summary>Within the context's transaction. A message that is there already is left as it is.</summary>
    public Task Insert(StoreContext context, IReadOnlyList<Incoming.Audited> audited, CancellationToken cancellation)
    {
        if (audited.Count == 0) return Task.CompletedTask;
        var connection = context.Database.GetDbConnection();
        var transaction = context.Database.CurrentTransaction!.GetDbTransaction();
        return connection.CanCreateBatch ? InsertTogether(connection, transaction, audited, cancellation) : InsertEach(connection, transaction, audited, cancellation);
    }

    /// <summary>To a server all go at once: to wait for its answer to each would take most of the time.</summary>
    async Task InsertTogether(DbConnection connection, DbTransaction transaction, IReadOnlyList<Incoming.Audited> audited, CancellationToken cancellation)
    {
        await using var batch = connection.CreateBatch();
        await using var maker = connection.CreateCommand();
        batch.Transaction = transaction;
        foreach (var (row, content) in audited)
        {
            Add(_messages, row);
            Add(_bodies, BodyOf(row, content));
        }
        await batch.PrepareAsync(cancellation);
        await batch.ExecuteNonQueryAsync(cancellation);

        void Add(Table table, object row)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = table.Insert;
            table.AddParameters(command.Parameters, maker, row);
            batch.BatchCommands.Add(command);
        }
    }

    async Task InsertEach(DbConnection connection, DbTransaction transaction, IReadOnlyList<Incoming.Audited> audited, CancellationToken cancellation)
    {
        await using var message = Prepare(_messages);
        await using var body = Prepare(_bodies);
        foreach (var (row, content) in audited)
        {
            await Execute(_messages, message, row);
            await Execute(_bodies, body, BodyOf(row, content));
        }

        DbCommand Prepare(Table table)
        {
            var command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, table.Insert);
            return command;
        }

        Task Execute(Table table, DbCommand command, object row)
        {
            if (command.Parameters.Count == 0) table.AddParameters(command.Parameters, command, row);
            else table.SetParameters(command.Parameters, row);
            return command.ExecuteNonQueryAsync(cancellation);
        }
    }

    static MessageBody BodyOf(ProcessedMessage message, byte[] content) => new() { Id = message.Id, Content = content };

    sealed class Table
    {
        readonly IReadOnlyList<(string Name, RelationalTypeMapping Type, Func<object, object?> Read)> _parameters;

        public Table(IEntityType type)
        {
            var columns = type.GetProperties().ToList();
            var names = columns.Select(column => $"\"{column.GetColumnName()}\"");
            var table = type.GetSchema() is { } schema ? $"\"{schema}\".\"{type.GetTableName()}\"" : $"\"{type.GetTableName()}\"";
            _parameters = [.. columns.Select((column, number) => ($"@p{number}", column.GetRelationalTypeMapping(), Value(type, column)))];
            Insert = $"INSERT INTO {table} ({string.Join(", ", names)}) VALUES ({string.Join(", ", _parameters.Select(parameter => parameter.Name))}) ON CONFLICT DO NOTHING";
        }

        public string Insert { get; }

        public void AddParameters(DbParameterCollection parameters, DbCommand maker, object row)
        {
            foreach (var (name, type, read) in _parameters) parameters.Add(type.CreateParameter(maker, name, read(row)));
        }

        /// <summary>Those that were added, for another row.</summary>
        public void SetParameters(DbParameterCollection parameters, object row)
        {
            for (var number = 0; number < _parameters.Count; number++)
            {
                var (_, type, read) = _parameters[number];
                parameters[number].Value = read(row) is { } value ? type.Converter?.ConvertToProvider(value) ?? value : DBNull.Value;
            }
        }

        static Func<object, object?> Value(IEntityType type, IProperty column)
        {
            if (column != type.FindDiscriminatorProperty()) return column.GetGetter().GetClrValue;
            var kind = type.GetDiscriminatorValue();
            return _ => kind;
        }
    }
}
