namespace Dovetail.ServiceControl.Messages;

/// <summary>Failures that are alike in one respect, so that they can be looked at together.</summary>
sealed record FailureGroup(string Id, string Title, string Type)
{
    public static IEnumerable<FailureGroup> Of(MessageHeaders headers)
    {
        var exception = headers.Exception;
        if (exception.ExceptionType is { } type)
            yield return Named("Exception Type and Stack Trace", $"{type}: {FirstFrame(exception.StackTrace) ?? "No stacktrace"}");
        if (headers.MessageType is { } messageType)
            yield return Named("Message Type", messageType);
        if (headers[HeaderNames.FailedQueue] is { } queue)
            yield return Named("Endpoint Address", queue);
        yield return Named("Endpoint Instance", headers[HeaderNames.InstanceId] ?? headers.Receiver.HostId.ToString("N"));
        yield return Named("Endpoint Name", headers.Receiver.Name);
    }

    static FailureGroup Named(string classifier, string title) => new(StableId.Of(classifier, title).ToString(), title, classifier);

    /// <summary>The method that threw: "   at Type.Method(parameters) in file:line" without what differs from build to build.</summary>
    static string? FirstFrame(string? stackTrace)
    {
        const string At = "   at ";
        foreach (var line in (stackTrace ?? "").AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(At))
                continue;

            var frame = line[At.Length..];
            var file = frame.IndexOf(") in ");
            return (file < 0 ? frame : frame[..(file + 1)]).Trim().ToString();
        }

        return null;
    }
}
