using System.Globalization;
using System.Text.Json;
using Dovetail.Bus.Sagas;
using Microsoft.Data.Sqlite;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>A row of a saga's table.</summary>
static class SagaRow
{
    /// <param name="row">Its columns as <see cref="SqliteDialect.FindSagaWhere"/> and the other searches select them.</param>
    public static SagaRecord Read(SqliteDataReader row, SagaDefinition saga)
    {
        var id = Guid.Parse(row.GetString(0), CultureInfo.InvariantCulture);
        try
        {
            var data = SagaJson.Read(row.GetString(2), saga.DataType);
            data.Id = id;
            SagaJson.ReadMetadata(row.GetString(1), data);
            return new SagaRecord(data, row.GetInt32(3));
        }
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            throw new InvalidOperationException(
                $"The state of {saga.Name} {id} can't be read as {saga.DataType.Name}: {failure.Message} Another version of the class wrote it. Let the class read both forms, then retry the message from the error queue.", failure);
        }
    }
}
