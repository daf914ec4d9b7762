using Microsoft.Data.Sqlite;
using NServiceBus;

namespace Dovetail.Bus.Victim;

/// <summary>The business of the small system: a row for each message, which joins the message's commit.</summary>
sealed class Effects(Ledger ledger)
{
    public const string Table = "CREATE TABLE IF NOT EXISTS Effects (Endpoint TEXT NOT NULL, Kind TEXT NOT NULL, Story INTEGER NOT NULL, MessageId TEXT NOT NULL, Attempt TEXT NOT NULL, SentBy TEXT NOT NULL, Detail INTEGER NOT NULL);";

    const string Insert = "INSERT INTO Effects VALUES ($endpoint, $kind, $story, $message, $attempt, $by, $detail);";

    /// <returns>The id of this attempt, which goes with all that it sends.</returns>
    public string Note(string endpoint, ISent message, IMessageHandlerContext context, int detail = 0)
    {
        var attempt = Guid.NewGuid().ToString("N");
        ledger.Attempt(endpoint, context.MessageId, attempt);
        context.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges(async (session, cancellation) =>
        {
            await using var command = ((SqliteConnection)session.Connection).CreateCommand();
            command.Transaction = (SqliteTransaction)session.Transaction;
            command.CommandText = Insert;
            command.Parameters.AddWithValue("$endpoint", endpoint);
            command.Parameters.AddWithValue("$kind", message.GetType().Name);
            command.Parameters.AddWithValue("$story", message.Story);
            command.Parameters.AddWithValue("$message", context.MessageId);
            command.Parameters.AddWithValue("$attempt", attempt);
            command.Parameters.AddWithValue("$by", message.By);
            command.Parameters.AddWithValue("$detail", detail);
            await command.ExecuteNonQueryAsync(cancellation);
        });
        return attempt;
    }
}
