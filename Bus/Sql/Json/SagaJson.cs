using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dovetail.Bus.Sagas;
using NServiceBus;

namespace Dovetail.Bus.Sql;

/// <summary>Saga state as JSON. What has columns of its own is left out; members that are missing or unknown when it is read do no harm.</summary>
static class SagaJson
{
    /// <summary>The metadata in which it stands when an instance began.</summary>
    public const string Began = "Dovetail.Began";

    static readonly HashSet<string> Columns = [nameof(IContainSagaData.Id), nameof(IContainSagaData.Originator), nameof(IContainSagaData.OriginalMessageId)];

    static readonly JsonSerializerOptions Options = SagaStateJson.Make(LeaveColumnsOut);

    public static string Write(IContainSagaData data) => JsonSerializer.Serialize(data, data.GetType(), Options);

    public static IContainSagaData Read(string text, Type type) => (IContainSagaData)JsonSerializer.Deserialize(text, type, Options)!;

    /// <summary>Written when an instance begins, and never after; another engine reads over what is ours in it, and its rows lack it.</summary>
    public static string Metadata(IContainSagaData data, DateTimeOffset began) => JsonSerializer.Serialize(new Dictionary<string, string?>
    {
        [nameof(data.OriginalMessageId)] = data.OriginalMessageId, [nameof(data.Originator)] = data.Originator, [Began] = began.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
    });

    /// <param name="text">Instants in one form and zone: they are ordered as texts are.</param>
    public static DateTimeOffset ReadBegan(string text) => DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static void ReadMetadata(string text, IContainSagaData data)
    {
        var metadata = JsonSerializer.Deserialize<Dictionary<string, string?>>(text)!;
        data.OriginalMessageId = metadata.GetValueOrDefault(nameof(data.OriginalMessageId));
        data.Originator = metadata.GetValueOrDefault(nameof(data.Originator));
    }

    static void LeaveColumnsOut(JsonTypeInfo type)
    {
        if (!typeof(IContainSagaData).IsAssignableFrom(type.Type)) return;
        foreach (var property in type.Properties.Where(property => Columns.Contains(property.Name)).ToList()) type.Properties.Remove(property);
    }
}
