namespace Dovetail.ServiceControl.Messages;

/// <summary>What the headers of a message say about it.</summary>
readonly record struct MessageHeaders(IReadOnlyDictionary<string, string> All)
{
    /// <summary>Null where the header is missing or empty: senders write both for "none".</summary>
    public string? this[string name] => All.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>The endpoint that processed the message or tried to. Null: nobody can say.</summary>
    public string? Endpoint =>
        this[HeaderNames.ProcessingEndpoint] ?? SplitAddress(this[HeaderNames.FailedQueue])?.Queue ?? SplitAddress(this[HeaderNames.ReplyToAddress])?.Queue;

    /// <summary>Full name of the first enclosed type.</summary>
    public string? MessageType => this[HeaderNames.EnclosedMessageTypes] is { } types ? types[..IndexOrEnd(types, ',', ';')].Trim() : null;

    public bool IsSystemMessage => MessageType is { } type
        ? type.Contains("NServiceBus.Scheduling.Messages.ScheduledTask", StringComparison.Ordinal)
        : this[HeaderNames.ControlMessage] is not null;

    public string Intent => this[HeaderNames.MessageIntent]?.ToLowerInvariant() ?? "send";

    public string ContentType => this[HeaderNames.ContentType] ?? "text/plain";

    public Participant Sender => Originator() ?? Participant.Unknown;

    public Participant Receiver
    {
        get
        {
            var queue = SplitAddress(this[HeaderNames.FailedQueue]);
            var host = this[HeaderNames.HostDisplayName] ?? this[HeaderNames.ProcessingMachine] ?? queue?.Machine;
            return Endpoint is { } name ? Participant.At(name, host, this[HeaderNames.HostId]) : Participant.Unknown;
        }
    }

    public ExceptionInfo Exception => new(
        this[HeaderNames.ExceptionType], this[HeaderNames.ExceptionMessage], this[HeaderNames.ExceptionSource], this[HeaderNames.ExceptionStackTrace]);

    /// <summary>The message's own id, or one made of what the transport calls it.</summary>
    public string MessageId(string nativeId) =>
        this[HeaderNames.MessageId] ?? (Guid.TryParse(nativeId, out var id) ? id : StableId.Of(nativeId)).ToString();

    /// <exception cref="FormatException">The header is there, but holds no time.</exception>
    public DateTimeOffset? Time(string header) => this[header] is not { } text ? null : WireTime.TryParse(text) ?? throw new FormatException(
        $"The header {header} holds '{text}', which is no time in the form '{WireTime.Format}'. Find out which sender writes it so.");

    Participant? Originator()
    {
        var address = SplitAddress(this[HeaderNames.OriginatingAddress]);
        return (this[HeaderNames.OriginatingEndpoint] ?? address?.Queue) is { } name
            ? Participant.At(name, this[HeaderNames.OriginatingMachine] ?? address?.Machine, this[HeaderNames.OriginatingHostId])
            : null;
    }

    /// <summary>Some transports write queue@machine.</summary>
    static (string Queue, string? Machine)? SplitAddress(string? address) => address?.Split('@', 2) switch
    {
        null => null,
        [var queue, var machine] => (queue, machine),
        var whole => (whole[0], null),
    };

    static int IndexOrEnd(string text, params ReadOnlySpan<char> any) => text.AsSpan().IndexOfAny(any) is >= 0 and var index ? index : text.Length;
}

/// <summary>Why the last attempt failed.</summary>
sealed record ExceptionInfo(string? ExceptionType, string? Message, string? Source, string? StackTrace);
