using System.Data.Common;
using Dovetail.Gateway.Keys;
using Dovetail.Hub.Settings;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dovetail.Hub.Doctor;

/// <summary>The hub's databases, and the keys in one of them.</summary>
static class Files
{
    const int OldestServer = 12;

    public static async Task<IReadOnlyList<Finding>> Databases(IConfiguration configuration, CancellationToken cancellation) =>
    [
        await Database("database", configuration.GetConnectionString("Dovetail")!, cancellation),
        await Database("database of keys", configuration["Gateway:Database"]!, cancellation),
        await Database("database of messages", configuration["ServiceControl:Database"]!, cancellation),
    ];

    public static async Task<Finding> Keys(IConfiguration configuration, TimeProvider time, CancellationToken cancellation)
    {
        const string Subject = "gateway keys";
        if (configuration.GetValue<bool>("Hub:Sandbox")) return new(Subject, "The hub puts in those of the demo.");

        var inForce = 0;
        if (configuration["Gateway:Database"]! is var database && (Places.IsServerIn(database) || File.Exists(FileOf(database))))
        {
            try
            {
                using var keys = new ApiKeys(database, time);
                inForce = (await keys.List(cancellation)).Count(key => key.Revoked is null && (key.Expires is null || key.Expires > time.GetUtcNow()));
            }
            catch (DbException failure)
            {
                return new(Subject, $"They can't be read: {failure.Message}", "Mend the database of keys first.");
            }
        }
        return inForce > 0
            ? new(Subject, $"{inForce} in force.")
            : new(Subject, "None is in force, so nobody can come in.", "Make one: dotnet run --project Hub -- keys create --client web-shop --role shop");
    }

    static Task<Finding> Database(string subject, string setting, CancellationToken cancellation) =>
        Places.IsServerIn(setting) ? Server(subject, setting, cancellation) : OfFile(subject, FileOf(setting), cancellation);

    static async Task<Finding> Server(string subject, string connectionString, CancellationToken cancellation)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString) { Timeout = 5, Pooling = false };
        var name = $"PostgreSQL {server.Database} on {server.Host}:{server.Port}";
        try
        {
            await using var connection = new NpgsqlConnection(server.ToString());
            await connection.OpenAsync(cancellation);
            return connection.PostgreSqlVersion.Major >= OldestServer
                ? new(subject, $"{name} answers, version {connection.PostgreSqlVersion}.")
                : new(subject, $"{name} has version {connection.PostgreSqlVersion}.", $"The hub needs {OldestServer} or newer.");
        }
        catch (NpgsqlException failure)
        {
            return new(subject, $"{name} can't be reached: {failure.Message}", "See whether it runs, whether its address, name and password are right, and whether the database has been created: CREATE DATABASE. The tables the hub makes itself.");
        }
    }

    static async Task<Finding> OfFile(string subject, string path, CancellationToken cancellation)
    {
        if (!File.Exists(path)) return new(subject, $"{path} is not there yet; the hub makes it.");
        try
        {
            await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
            await connection.OpenAsync(cancellation);
            await using var check = connection.CreateCommand();
            check.CommandText = "PRAGMA integrity_check(1)";
            var answer = (string?)await check.ExecuteScalarAsync(cancellation);
            return answer == "ok" ? new(subject, $"{path} is whole.") : Broken($"{path} is damaged: {answer}.");
        }
        catch (SqliteException failure)
        {
            return Broken($"{path} can't be read: {failure.Message}");
        }

        Finding Broken(string says) => new(subject, says, "Stop the hub, keep a copy of the file, and put back the last backup; 'sqlite3 FILE .recover' may save more.");
    }

    static string FileOf(string setting) => setting.Contains('=', StringComparison.Ordinal) ? new SqliteConnectionStringBuilder(setting).DataSource : setting;
}
