using System.Text.Json.Serialization;

namespace Dovetail.Sagas.Orders;

/// <summary>A line made to order, while the manufacturing system computes its price.</summary>
sealed class ModelJob
{
    public string LineId { get; set; } = "";

    public JobState State { get; set; }

    public string JobId { get; set; } = "";

    /// <summary>A question about this line is out and not answered.</summary>
    public bool Asked { get; set; }
}

[JsonConverter(typeof(JsonStringEnumConverter<JobState>))]
enum JobState
{
    /// <summary>Asked for; whether it runs is not known yet.</summary>
    Requested,
    Running,
    Ended,
}
