using Dovetail.Bus.Sagas;

namespace Dovetail.Bus.Sql.Persistence;

/// <summary>A session in which finders may look for instances by conditions on the saga's table.</summary>
interface IFindSagas
{
    Task<SagaRecord?> FindSaga(SagaDefinition saga, string condition, ParameterAppender appendParameters, CancellationToken cancellation);
}
