namespace Dovetail.ServiceControl.Messages;

/// <summary>A saga that a message came from, or that it changed.</summary>
/// <param name="ChangeStatus">New, Updated or Completed; null when the saga only sent the message.</param>
sealed record SagaTrace(string? ChangeStatus, string SagaType, string SagaId)
{
    public static SagaTrace? Origin(MessageHeaders headers) => Named(headers, HeaderNames.OriginatingSagaType, HeaderNames.OriginatingSagaId, change: null);

    /// <summary>Null when the message met no saga.</summary>
    public static IReadOnlyList<SagaTrace>? Invoked(MessageHeaders headers)
    {
        if (headers[HeaderNames.InvokedSagas] is { } invoked)
        {
            var changes = Pairs(headers[HeaderNames.SagaStateChange] ?? "").ToLookup(pair => pair.Left, pair => pair.Right);
            return [.. Pairs(invoked).Distinct().Select(saga => new SagaTrace(Strongest(changes[saga.Right]), ShortName(saga.Left), saga.Right))];
        }

        // An audited message that was sent to a saga, by an endpoint that does not audit its sagas.
        var changed = headers[HeaderNames.ProcessingEnded] is null ? null : Named(headers, HeaderNames.SagaType, HeaderNames.SagaId, change: "Updated");
        return changed is null ? null : [changed];
    }

    static SagaTrace? Named(MessageHeaders headers, string type, string id, string? change) =>
        headers[type] is { } sagaType && headers[id] is { } sagaId ? new(change, ShortName(sagaType), sagaId) : null;

    static string Strongest(IEnumerable<string> changes) =>
        changes.Contains("Completed") ? "Completed" : changes.Contains("New") ? "New" : "Updated";

    static IEnumerable<(string Left, string Right)> Pairs(string list) =>
        from pair in list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        let colon = pair.LastIndexOf(':')
        where colon > 0
        select (pair[..colon], pair[(colon + 1)..]);

    static string ShortName(string type) => type.Split(',')[0].Trim();
}
