using System.Data.Common;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>What a parameter holds, in the words of no particular database.</summary>
enum Kind
{
    Text,
    Id,
    Integer,
    Number,
    Flag,
    Bytes,
    Json,

    /// <summary>Any number of them in one parameter.</summary>
    Texts,

    /// <summary>Any number of them in one parameter.</summary>
    Ids,

    /// <summary>A point in time in a column that knows no zone: UTC.</summary>
    Utc,

    /// <summary>A point in time in a column that knows its zone.</summary>
    Instant,

    /// <summary>What the driver takes the value for: the application's own.</summary>
    Given,
}

/// <summary>A statement as one dialect writes it.</summary>
/// <param name="TakesRows">True if each parameter holds a whole column: the values of many go with one statement.</param>
sealed record StatementText(string Sql, bool TakesRows, params IReadOnlyList<Kind> Kinds)
{
    public StatementText(string sql, params IReadOnlyList<Kind> kinds) : this(sql, TakesRows: false, kinds)
    {
    }

    public Statement With(params object?[] values) => new(this, values);
}

/// <param name="Values">In the order of the text's parameters; for a text that takes rows, one row of them.</param>
sealed record Statement(StatementText Text, object?[] Values)
{
    /// <summary>What it means if the database refuses this statement; null leaves the database's own words.</summary>
    public Func<DbException, Exception?>? Refused { get; init; }

    /// <summary>What it changes that other transactions may be changing at the same time, such as a saga by its id; null if nobody else changes that.</summary>
    public string? Locks { get; init; }
}
