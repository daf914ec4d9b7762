using System.Threading.Channels;
using Dovetail.ServiceControl.Queues;
using Dovetail.ServiceControl.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dovetail.ServiceControl.Retries;

/// <summary>Gives requested messages back to the queues they failed in. What an earlier process left undone is done at start.</summary>
sealed partial class RetryDispatcher(IRawQueues queues, MessageStore store, ServiceControlOptions options, TimeProvider time, ILogger<RetryDispatcher> logger)
    : BackgroundService
{
    const int BatchSize = 100;
    static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(5);
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>There is a new request.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = ShortestPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await SendAll(stoppingToken))
                {
                    pause = ShortestPause;
                    await WaitForWake(Timeout.InfiniteTimeSpan, stoppingToken);
                    continue;
                }
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogInterrupted(failure, pause);
            }

            await WaitForWake(pause, stoppingToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <returns>False: some could not be sent and should be tried again.</returns>
    async Task<bool> SendAll(CancellationToken cancellation)
    {
        var (allSent, last) = (true, 0L);
        while (true)
        {
            // Those that could not be sent are passed over until the next round, so that they never hold up others.
            var due = await Due(last, cancellation);
            if (due.Count == 0)
                return allSent;

            last = due.Max(retry => retry.Id);
            foreach (var queue in due.GroupBy(retry => retry.Message!.QueueAddress))
                allSent &= await Send(queue.Key, [.. queue], cancellation);
        }
    }

    Task<List<Retry>> Due(long after, CancellationToken cancellation) => store.Read(
        context => context.Retries
            .Where(retry => retry.Id > after && retry.IssuedAt == null && retry.EndedAt == null)
            .OrderBy(retry => retry.Id)
            .Take(BatchSize)
            .Include(retry => retry.Message)
            .ToListAsync(cancellation),
        cancellation);

    async Task<bool> Send(string queue, IReadOnlyList<Retry> retries, CancellationToken cancellation)
    {
        var ids = retries.Select(retry => retry.FailedMessageId).ToList();
        var bodies = await store.Read(
            context => context.Bodies.Where(body => ids.Contains(body.Id)).ToDictionaryAsync(body => body.Id, body => body.Content, cancellation), cancellation);
        string? fault = null;
        try
        {
            await queues.Send(queue, [.. retries.Select(retry => ReturnTicket.For(retry.Message!, bodies[retry.FailedMessageId], options.Queue))], cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            LogNotSent(failure, retries.Count, queue);
            fault = failure.Message;
        }

        // A crash before this line sends the message once more, under the same message id: the endpoint knows it by that.
        await Note(retries, fault, cancellation);
        return fault is null;
    }

    Task Note(IReadOnlyList<Retry> sent, string? fault, CancellationToken cancellation) => store.Write(
        async context =>
        {
            var ids = sent.Select(retry => retry.Id).ToList();
            foreach (var retry in await context.Retries.Where(retry => ids.Contains(retry.Id)).Include(retry => retry.Message).ToListAsync(cancellation))
            {
                retry.SendFault = fault;
                if (fault is not null)
                    continue;

                retry.IssuedAt = time.GetUtcNow();

                // The endpoint may have been faster than we.
                if (retry.EndedAt is null)
                    retry.Message!.Become(MessageStatus.RetryIssued, time.GetUtcNow());
            }
        },
        cancellation);

    async Task WaitForWake(TimeSpan atMost, CancellationToken cancellation)
    {
        using var pause = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, cancellation);
        try
        {
            await _wake.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (pause.IsCancellationRequested)
        {
            // Time to try again.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} retries could not be sent to queue {Queue}. They stay requested and are tried again. Check that the queue exists and its server answers.")]
    partial void LogNotSent(Exception failure, int count, string queue);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sending retries was interrupted. The requests are safe; the next try is in {Pause}.")]
    partial void LogInterrupted(Exception failure, TimeSpan pause);
}
