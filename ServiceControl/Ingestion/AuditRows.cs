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
        return context.Database.IsNpgsql() ? InsertTogether(connection, transaction, audited, cancellation) : InsertEach(connection, transaction, audited, cancellation);
    }

    /// <summary>A server is given all rows of a table at once: each statement costs it and us more than the row does.</summary>
    async Task InsertTogether(DbConnection connection, DbTransaction transaction, IReadOnlyList<Incoming.Audited> audited, CancellationToken cancellation)
    {
        await Insert(_messages, [.. audited.Select(one => one.Message)]);
        await Insert(_bodies, [.. audited.Select(one => BodyOf(one.Message, one.Body))]);

        async Task Insert(Table table, IReadOnlyList<object> rows)
        {
            await using var command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, table.InsertAll);
            table.AddColumns(command, rows);
            await command.PrepareAsync(cancellation);
            await command.ExecuteNonQueryAsync(cancellation);
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
            var names = string.Join(", ", columns.Select(column => $"\"{column.GetColumnName()}\""));
            var table = type.GetSchema() is { } schema ? $"\"{schema}\".\"{type.GetTableName()}\"" : $"\"{type.GetTableName()}\"";
            _parameters = [.. columns.Select((column, number) => ($"@p{number}", column.GetRelationalTypeMapping(), Value(type, column)))];
            var parameters = string.Join(", ", _parameters.Select(parameter => parameter.Name));
            Insert = $"INSERT INTO {table} ({names}) VALUES ({parameters}) ON CONFLICT DO NOTHING";
            InsertAll = $"INSERT INTO {table} ({names}) SELECT * FROM unnest({parameters}) ON CONFLICT DO NOTHING";
        }

        public string Insert { get; }

        /// <summary>PostgreSQL's, with an array for each column.</summary>
        public string InsertAll { get; }

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
                parameters[number].Value = Provided(type, read(row)) ?? DBNull.Value;
            }
        }

        public void AddColumns(DbCommand command, IReadOnlyList<object> rows)
        {
            foreach (var (name, type, read) in _parameters)
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, Column(type, read, rows));
                command.Parameters.Add(parameter);
            }
        }

        static Array Column(RelationalTypeMapping type, Func<object, object?> read, IReadOnlyList<object> rows)
        {
            var plain = type.Converter?.ProviderClrType ?? type.ClrType;
            var values = Array.CreateInstance(plain is { IsValueType: true } && Nullable.GetUnderlyingType(plain) is null ? typeof(Nullable<>).MakeGenericType(plain) : plain, rows.Count);
            for (var row = 0; row < rows.Count; row++) values.SetValue(Provided(type, read(rows[row])), row);
            return values;
        }

        static object? Provided(RelationalTypeMapping type, object? value) => value is null ? null : type.Converter?.ConvertToProvider(value) ?? value;

        static Func<object, object?> Value(IEntityType type, IProperty column)
        {
            if (column != type.FindDiscriminatorProperty()) return column.GetGetter().GetClrValue;
            var kind = type.GetDiscriminatorValue();
            return _ => kind;
        }
    }
}
