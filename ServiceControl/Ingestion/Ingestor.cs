using Dovetail.ServiceControl.Messages;
using Dovetail.ServiceControl.Queues;
using Dovetail.ServiceControl.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Dovetail.ServiceControl.Ingestion;

/// <summary>Takes batches from the queues into the store, each in one transaction. A batch that is offered again changes nothing.</summary>
sealed partial class Ingestor(MessageStore store, ServiceControlOptions options, TimeProvider time, ILogger<Ingestor> logger)
{
    AuditRows? _audit;

    public Task IngestAudit(IReadOnlyList<RawMessage> batch, CancellationToken cancellation) =>
        Ingest(options.AuditQueue, batch, Incoming.ReadAudited, cancellation);

    public Task IngestErrors(IReadOnlyList<RawMessage> batch, CancellationToken cancellation) =>
        Ingest(options.ErrorQueue, batch, Incoming.ReadError, cancellation);

    public Task IngestControl(IReadOnlyList<RawMessage> batch, CancellationToken cancellation) =>
        Ingest(options.Queue, batch, (raw, _) => Incoming.ReadControl(raw), cancellation);

    async Task Ingest(string queue, IReadOnlyList<RawMessage> batch, Func<RawMessage, DateTimeOffset, Incoming> read, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var understood = new List<Incoming>(batch.Count);
        var failed = new List<FailedImport>();
        foreach (var raw in batch)
        {
            try
            {
                understood.Add(read(raw, now));
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                // Reading has no side effect and needs nothing but the message: whatever goes wrong is the message's fault, and would be so again.
                failed.Add(FailedImport.Of(queue, raw, failure is FormatException ? failure.Message : failure.ToString(), now));
                LogSetAside(raw.NativeId, queue);
            }
        }

        await store.Write(
            async context =>
            {
                await (_audit ??= new AuditRows(context.Model)).Insert(context, [.. understood.OfType<Incoming.Audited>()], cancellation);

                // First what went well: a failure that came with the confirmation of an earlier retry is the newer fact.
                await Confirm(context, [.. understood.SelectMany(ConfirmedBy)], now, cancellation);
                await Add(context, [.. understood.OfType<Incoming.Failure>()], now, cancellation);
                await Add(context, failed, cancellation);
            },
            cancellation);
    }

    static async Task Add(StoreContext context, IReadOnlyList<Incoming.Failure> failures, DateTimeOffset now, CancellationToken cancellation)
    {
        if (failures.Count == 0) return;
        var known = await Find(context, [.. failures.Select(failure => failure.Message.Id)], withAttempts: true, cancellation);
        foreach (var (fresh, attempt, body) in failures)
        {
            if (!known.TryGetValue(fresh.Id, out var message))
            {
                known.Add(fresh.Id, message = fresh);
                context.Add(message);
                context.Add(new MessageBody { Id = message.Id, Content = body });
                message.Fail(attempt, now);
            }
            else if (message.Fail(attempt, now) && message.ProcessedAt == attempt.FailedAt)
            {
                message.BodySize = body.Length;
                var kept = await context.Bodies.FindAsync([message.Id], cancellation);
                kept!.Content = body;
            }
        }
    }

    /// <summary>A confirmation of a message that is not known, or no longer, has nothing to say.</summary>
    static async Task Confirm(StoreContext context, IReadOnlyList<string> ids, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var message in (await Find(context, ids, withAttempts: false, cancellation)).Values)
            message.Resolve(now);
    }

    static async Task Add(StoreContext context, IReadOnlyList<FailedImport> imports, CancellationToken cancellation)
    {
        if (imports.Count == 0) return;
        var ids = imports.Select(import => import.Id).ToList();
        var known = await context.FailedImports.Where(import => ids.Contains(import.Id)).Select(import => import.Id).ToHashSetAsync(cancellation);
        context.AddRange(imports.Where(import => known.Add(import.Id)));
    }

    static async Task<Dictionary<string, FailedMessage>> Find(StoreContext context, IReadOnlyList<string> ids, bool withAttempts, CancellationToken cancellation)
    {
        if (ids.Count == 0)
            return [];

        IQueryable<FailedMessage> messages = context.Failed.Include(message => message.Retries.Where(retry => retry.EndedAt == null)).AsSplitQuery();
        if (withAttempts)
            messages = messages.Include(message => message.Attempts);
        return await messages.Where(message => ids.Contains(message.Id)).ToDictionaryAsync(message => message.Id, cancellation);
    }

    /// <summary>Older endpoints send no acknowledgement; there the audited copy is the proof that the retry went well.</summary>
    static IEnumerable<string> ConfirmedBy(Incoming incoming) => incoming switch
    {
        Incoming.Confirmation confirmation => [confirmation.FailedMessageId],
        Incoming.Audited { Message: var message } when message.Read() is var headers
            && headers[HeaderNames.RetryOf] is { } id && headers[HeaderNames.RetryAcknowledged] is null => [id],
        _ => [],
    };

    // The headers of a message may tell of people, and so may what could not be read in it: the row in the database has them, the log has not.
    [LoggerMessage(Level = LogLevel.Error, Message = "Set message {NativeId} of queue {Queue} aside: it could not be understood. It is kept whole; the console shows why, under Not understood.")]
    partial void LogSetAside(string nativeId, string queue);
}
