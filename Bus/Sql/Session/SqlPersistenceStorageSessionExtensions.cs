using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.Persistence;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.Persistence.Sql;

namespace NServiceBus;

/// <summary>Access to the database transaction of the commit.</summary>
public static class SqlPersistenceStorageSessionExtensions
{
    /// <summary>For saga finders: the first instance that meets a condition on the saga's table, or null. Its columns are Id, Data (JSON), and Correlation_ with the mapped property's name.</summary>
    /// <param name="context">The context that the finder was given.</param>
    /// <param name="whereClause">What follows WHERE, for instance <c>json_extract(Data, '$.Parcel') = @parcel</c> on SQLite, <c>"Data" ->> 'Parcel' = @parcel</c> on PostgreSQL.</param>
    /// <exception cref="InvalidOperationException">This is no finder of a saga with this state, or the endpoint keeps its state elsewhere.</exception>
    public static async Task<TSagaData> GetSagaData<TSagaData>(
        this ISynchronizedStorageSession session, IReadOnlyContextBag context, string whereClause, ParameterAppender appendParameters, CancellationToken cancellationToken = default)
        where TSagaData : class, IContainSagaData
    {
        var search = SagaSearch.Of<TSagaData>(context);
        var found = await ((IFindSagas)session.SqlPersistenceSession()).FindSaga(search.Saga, whereClause, appendParameters, cancellationToken);
        // Null is what callers are told to expect, though the signature that this one mirrors does not say so.
        return found is null ? null! : (TSagaData)search.Show(found);
    }

    /// <summary>The database side of the session.</summary>
    /// <exception cref="InvalidOperationException">The endpoint keeps its state elsewhere than in SQL.</exception>
    public static ISqlStorageSession SqlPersistenceSession(this ISynchronizedStorageSession session) => session as ISqlStorageSession
        ?? throw new InvalidOperationException($"The storage session is a {session.GetType().Name}, not one of a SQL persistence. Configure the endpoint with a SQL persistence.");
}
