using System.Globalization;
using Dovetail.Bus.Sagas;
using Microsoft.Data.Sqlite;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>A row of a saga's table.</summary>
static class SagaRow
{
    /// <param name="row">Its columns as <see cref="SqliteDialect.FindSagaWhere"/> and the other searches select them.</param>
    public static SagaRecord Read(SqliteDataReader row, SagaDefinition saga)
    {
        var data = SagaJson.Read(row.GetString(2), saga.DataType);
        data.Id = Guid.Parse(row.GetString(0), CultureInfo.InvariantCulture);
        SagaJson.ReadMetadata(row.GetString(1), data);
        return new SagaRecord(data, row.GetInt32(3));
    }
}
