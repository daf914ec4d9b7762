using Dovetail.ServiceControl.Store;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.ServiceControl.Retries;

/// <summary>What a person can decide about failed messages. Ids that are not known are passed over.</summary>
sealed class FailedMessages(MessageStore store, RetryDispatcher dispatcher, TimeProvider time)
{
    /// <summary>When it returns the request is written down and will be carried out, whatever happens to this process.</summary>
    /// <param name="requestedBy">The client whose key was used.</param>
    public async Task Retry(IReadOnlyCollection<string> ids, string? requestedBy, CancellationToken cancellation)
    {
        await Change(ids, (message, now) => message.RequestRetry(requestedBy, now), cancellation);
        dispatcher.Wake();
    }

    public Task Archive(IReadOnlyCollection<string> ids, CancellationToken cancellation) => Change(ids, (message, now) => message.Archive(now), cancellation);

    public Task Unarchive(IReadOnlyCollection<string> ids, CancellationToken cancellation) => Change(ids, (message, now) => message.Unarchive(now), cancellation);

    Task Change(IReadOnlyCollection<string> ids, Action<FailedMessage, DateTimeOffset> change, CancellationToken cancellation) => store.Write(
        async context =>
        {
            var now = time.GetUtcNow();

            // One statement takes only so many ids.
            foreach (var some in ids.Chunk(500))
            {
                var messages = await context.Failed
                    .Where(message => some.Contains(message.Id))
                    .Include(message => message.Retries.Where(retry => retry.EndedAt == null))
                    .ToListAsync(cancellation);
                messages.ForEach(message => change(message, now));
            }
        },
        cancellation);
}
