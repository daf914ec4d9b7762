using Dovetail.ServiceControl.Messages;

namespace Dovetail.ServiceControl.Store;

/// <summary>A message that its endpoint gave up on. It keeps its id over all retries.</summary>
sealed class FailedMessage : StoredMessage
{
    const int AttemptsKept = 10;

    /// <summary>The queue that it failed in, where a retry goes.</summary>
    public required string QueueAddress { get; set; }

    public required DateTimeOffset LastModified { get; set; }

    /// <summary>All failures ever, of which the newest are kept.</summary>
    public int AttemptCount { get; set; }

    public List<FailedAttempt> Attempts { get; } = [];

    public List<Retry> Retries { get; } = [];

    public Retry? RetryUnderWay => Retries.SingleOrDefault(retry => retry.EndedAt is null);

    /// <returns>False: this failure is known already.</returns>
    public bool Fail(FailedAttempt attempt, DateTimeOffset now)
    {
        if (Attempts.Any(attempt.IsSameAs))
            return false;

        Attempts.Add(attempt);
        AttemptCount++;
        if (Attempts.Count > AttemptsKept)
            Attempts.Remove(Attempts.MinBy(known => known.FailedAt)!);

        var newest = Attempts.MaxBy(known => known.FailedAt)!;
        Headers = newest.Headers;
        ProcessedAt = newest.FailedAt;
        QueueAddress = newest.QueueAddress;

        // Only a message that carries the mark of a retry has come back from one.
        if (new MessageHeaders(attempt.Headers)[HeaderNames.RetryOf] is not null)
            RetryUnderWay?.End(RetryOutcome.FailedAgain, now);
        Become(MessageStatus.Unresolved, now);
        return true;
    }

    /// <summary>The endpoint says that a retry went well. It may say so before we noted that the retry was sent.</summary>
    public void Resolve(DateTimeOffset now)
    {
        RetryUnderWay?.End(RetryOutcome.Succeeded, now);
        Become(MessageStatus.Resolved, now);
    }

    /// <summary>A message that has been processed is not retried: what it did would be done twice.</summary>
    /// <returns>Null: there is nothing to do.</returns>
    public Retry? RequestRetry(string? requestedBy, DateTimeOffset now)
    {
        if (Status is not (MessageStatus.Unresolved or MessageStatus.Archived) || RetryUnderWay is not null)
            return null;

        var retry = new Retry { FailedMessageId = Id, RequestedAt = now, RequestedBy = requestedBy };
        Retries.Add(retry);
        return retry;
    }

    public void Archive(DateTimeOffset now)
    {
        if (Status != MessageStatus.Unresolved)
            return;

        RetryUnderWay?.End(RetryOutcome.Withdrawn, now);
        Become(MessageStatus.Archived, now);
    }

    public void Unarchive(DateTimeOffset now)
    {
        if (Status == MessageStatus.Archived)
            Become(MessageStatus.Unresolved, now);
    }

    public void Become(MessageStatus status, DateTimeOffset now)
    {
        if (status == Status && status != MessageStatus.Unresolved)
            return;

        Status = status;
        LastModified = now;
    }
}

/// <summary>One failure of a message, after all of its endpoint's own retries.</summary>
sealed class FailedAttempt
{
    public long Id { get; init; }

    public required string FailedMessageId { get; init; }

    public required DateTimeOffset FailedAt { get; init; }

    public required string QueueAddress { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public MessageHeaders Read() => new(Headers);

    /// <summary>Two failures differ in their time. Where an endpoint has told none, only the headers as a whole can say.</summary>
    public bool IsSameAs(FailedAttempt other) => FailedAt == other.FailedAt
        || (Read()[HeaderNames.TimeOfFailure] is null && Headers.Count == other.Headers.Count && !Headers.Except(other.Headers).Any());
}

/// <summary>A person's request to process a failed message again, and what came of it.</summary>
sealed class Retry
{
    public long Id { get; init; }

    public required string FailedMessageId { get; init; }

    public FailedMessage? Message { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>The client whose key was used.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>When it was safe in the queue. Null: still to be sent.</summary>
    public DateTimeOffset? IssuedAt { get; set; }

    /// <summary>Null: under way. A message has at most one such retry.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    public RetryOutcome? Outcome { get; private set; }

    /// <summary>Why it could not be sent the last time.</summary>
    public string? SendFault { get; set; }

    public void End(RetryOutcome outcome, DateTimeOffset now)
    {
        Outcome = outcome;
        EndedAt = now;
    }
}

/// <summary>How a retry ended.</summary>
enum RetryOutcome
{
    Succeeded,
    FailedAgain,

    /// <summary>The message was archived before the retry was sent.</summary>
    Withdrawn,
}
