using System.Data.Common;
using NServiceBus;

namespace Dovetail.Bus.Victim;

/// <summary>The business of the small system: a row for each message, which joins the message's commit.</summary>
sealed class Effects(Ledger ledger)
{
    public const string Table = "CREATE TABLE IF NOT EXISTS Effects (Endpoint TEXT NOT NULL, Kind TEXT NOT NULL, Story INTEGER NOT NULL, MessageId TEXT NOT NULL, Attempt TEXT NOT NULL, SentBy TEXT NOT NULL, Detail INTEGER NOT NULL);";

    const string Insert = "INSERT INTO Effects VALUES (@endpoint, @kind, @story, @message, @attempt, @by, @detail);";

    /// <returns>The id of this attempt, which goes with all that it sends.</returns>
    public string Note(string endpoint, ISent message, IMessageHandlerContext context, int detail = 0)
    {
        var attempt = Guid.NewGuid().ToString("N");
        ledger.Attempt(endpoint, context.MessageId, attempt);
        context.SynchronizedStorageSession.SqlPersistenceSession().OnSaveChanges(async (session, cancellation) =>
        {
            await using var command = session.Connection.CreateCommand();
            command.Transaction = session.Transaction;
            command.CommandText = Insert;
            Add(command, "@endpoint", endpoint);
            Add(command, "@kind", message.GetType().Name);
            Add(command, "@story", message.Story);
            Add(command, "@message", context.MessageId);
            Add(command, "@attempt", attempt);
            Add(command, "@by", message.By);
            Add(command, "@detail", detail);
            await command.ExecuteNonQueryAsync(cancellation);
        });
        return attempt;
    }

    static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}
