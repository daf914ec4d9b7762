namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Who holds a file for writing, as long as it lasts.</summary>
/// <param name="where">In words, for whoever asks a second time.</param>
sealed class Hold(SqliteFile file, string where)
{
    public SqliteFile File => file;

    public string Where => where;

    public bool Ended { get; set; }
}

/// <summary>One flow of control: a handler and all that it calls.</summary>
sealed class Flow
{
    public Hold? Hold { get; set; }
}
