using System.Data;
using System.Data.Common;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>Where connections to one database come from.</summary>
/// <param name="Key">Equal for the same database and the same way to it.</param>
/// <param name="Make">Makes a connection; it may be open already.</param>
sealed record Connections(string Key, Func<CancellationToken, Task<DbConnection>> Make)
{
    /// <summary>Throws if nothing can be opened in this process at all.</summary>
    public Action Check { get; init; } = static () => { };

    /// <summary>What a failure to open a connection means, where the driver tells it in other words; null where it doesn't.</summary>
    public Func<Exception, Exception?> NotHad { get; init; } = static _ => null;

    /// <summary>The server, and the database on it.</summary>
    public (string Server, string Database) Place
    {
        get
        {
            using var sample = Make(CancellationToken.None).GetAwaiter().GetResult();
            return (sample.DataSource, sample.Database);
        }
    }

    /// <param name="build">Makes a closed connection.</param>
    public static Connections By(Func<DbConnection> build)
    {
        using var sample = build() ?? throw new InvalidOperationException("The connection builder made no connection. Let it return a new, closed one each time.");
        return new Connections(sample.ConnectionString, _ => Task.FromResult(build()));
    }

    /// <summary>Connections that were opened before are not used again once they are free.</summary>
    public void ForgetPooled(ServerDialect dialect)
    {
        using var sample = Make(CancellationToken.None).GetAwaiter().GetResult();
        dialect.ClearPool(sample);
    }

    public async Task<DbConnection> Open(CancellationToken cancellation)
    {
        Check();
        var connection = await Make(cancellation);
        if (connection.State == ConnectionState.Open) return connection;
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch (Exception failure)
        {
            await connection.DisposeAsync();
            if (NotHad(failure) is { } meaning) throw meaning;
            throw;
        }
    }

    public DbConnection OpenNow()
    {
        Check();
        var making = Make(CancellationToken.None);
        var connection = making.IsCompleted ? making.GetAwaiter().GetResult() : Task.Run(() => making).GetAwaiter().GetResult();
        if (connection.State == ConnectionState.Open) return connection;
        try
        {
            connection.Open();
            return connection;
        }
        catch (Exception failure)
        {
            connection.Dispose();
            if (NotHad(failure) is { } meaning) throw meaning;
            throw;
        }
    }
}
