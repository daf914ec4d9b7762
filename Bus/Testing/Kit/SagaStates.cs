using System.Text.Json;
using Dovetail.Bus.Sagas;
using NServiceBus;

namespace Dovetail.Bus.Testing.Kit;

/// <summary>The state of each instance that is running, as JSON: what would not survive a real store does not survive here.</summary>
sealed class SagaStates<TSagaData> where TSagaData : class, IContainSagaData
{
    readonly Dictionary<Guid, State> _states = [];

    public TSagaData? Find(Guid id) => _states.TryGetValue(id, out var state) ? Read(state.Json) : null;

    public TSagaData? FindBy(object correlation) => _states.Values.FirstOrDefault(state => state.Correlation.Equals(correlation)) is { } state ? Read(state.Json) : null;

    public void Keep(TSagaData data, object correlation) => _states[data.Id] = new State(correlation, JsonSerializer.Serialize(data, SagaStateJson.Options));

    public void Forget(Guid id) => _states.Remove(id);

    public static TSagaData Copy(TSagaData data) => Read(JsonSerializer.Serialize(data, SagaStateJson.Options));

    static TSagaData Read(string json) => JsonSerializer.Deserialize<TSagaData>(json, SagaStateJson.Options)!;

    sealed record State(object Correlation, string Json);
}
