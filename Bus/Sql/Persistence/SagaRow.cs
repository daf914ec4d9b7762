using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dovetail.Bus.Sagas;

namespace Dovetail.Bus.Sql.Persistence;

/// <summary>A row of a saga's table: id, metadata, data and version.</summary>
static class SagaRow
{
    public static SagaRecord Read(DbDataReader row, SagaDefinition saga)
    {
        var id = row.GetValue(0) is Guid native ? native : Guid.Parse(row.GetString(0), CultureInfo.InvariantCulture);
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
