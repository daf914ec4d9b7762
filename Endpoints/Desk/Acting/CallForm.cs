using System.Text.Json;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Forms;

namespace Dovetail.Endpoints.Desk.Acting;

/// <summary>What an operator says of a call.</summary>
sealed record CallForm(bool Reached)
{
    /// <summary>Reads the form and finds all its faults; with any, the form is not to be used.</summary>
    public static (CallForm Form, IReadOnlyList<Fault> Faults) Read(JsonElement json)
    {
        var fields = new Fields(json);
        var reached = fields.Flag("reached");
        fields.NothingElse();
        return (new(reached), fields.Faults);
    }
}
