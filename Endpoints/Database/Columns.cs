using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Database;

/// <summary>Columns that came after the table; rows that were there before have nothing in them.</summary>
static class Columns
{
    /// <param name="of">The names of a table's columns; none if there is no such table.</param>
    public static async Task Add(DbContext context, Func<string, IQueryable<string>> of, CancellationToken cancellation)
    {
        foreach (var entity in context.Model.GetEntityTypes())
        {
            var table = entity.GetTableName()!;
            var known = await of(table).ToListAsync(cancellation);
            foreach (var column in entity.GetProperties().Where(column => column.IsNullable && known.Count > 0 && !known.Contains(column.GetColumnName())))
            {
                // Names from the model, not from outside; a statement that changes a table takes no parameters.
                var statement = $"ALTER TABLE \"{table}\" ADD COLUMN \"{column.GetColumnName()}\" {column.GetColumnType()} NULL";
                await context.Database.ExecuteSqlRawAsync(statement, cancellation);
            }
        }
    }
}
