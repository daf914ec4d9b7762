using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Desk.Reading;
using Dovetail.Endpoints.Forms;
using Dovetail.Endpoints.Live;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Desk.Acting;

/// <summary>What operators may do with tasks. The process decides, and its decision is waited for a little: of all who claim a task at once one hears yes.</summary>
sealed class TaskActions(DeskTasks tasks, IDbContextFactory<DeskDb> contexts, SharedWrites writes, Signals signals, IOptions<DeskOptions> options, TimeProvider time)
{
    public Task<IResult> Claim(string id, HttpContext http, ITransactionalSession session) =>
        Act(Wish.Claim, id, http, session, (request, _) => (new ClaimTask(TaskIds.OnTheBus(id), request.Client), null));

    public Task<IResult> Release(string id, HttpContext http, ITransactionalSession session) =>
        Act(Wish.Release, id, http, session, (request, _) => (new ReleaseTask(TaskIds.OnTheBus(id), request.Client), null));

    public Task<IResult> Answer(string id, HttpContext http, ITransactionalSession session) => Act(Wish.Answer, id, http, session, (request, task) =>
    {
        if (JsonBody.Parse(request.Body, out var malformed) is not { } json) return (null, malformed);
        var (taskId, by) = (TaskIds.OnTheBus(id), request.Client);
        if (task.Kind == TaskKinds.Call)
        {
            var (call, callFaults) = CallForm.Read(json);
            return callFaults.Count > 0 ? (null, JsonBody.Faulty("answer", callFaults)) : (new ReportCall(taskId, by, call.Reached, request.Fingerprint), null);
        }
        var (form, faults) = AnswerForm.Read(json, TaskContent.Of(task));
        return faults.Count > 0
            ? (null, JsonBody.Faulty("answer", faults))
            : (new AnswerTask(taskId, by, form.Lines, form.AgreedTotal, form.CancelReason, request.Fingerprint), null);
    });

    /// <param name="command">What the process is to hear; or what is wrong with the request.</param>
    async Task<IResult> Act(
        Wish wish, string id, HttpContext http, ITransactionalSession session, Func<KeyedRequest, TaskRow, (object? Command, IResult? Refusal)> command)
    {
        var cancellation = http.RequestAborted;
        var (request, refusal) = await KeyedRequest.Read(http, $"POST /v1/tasks/{{id}}/{wish}");
        if (request is null) return refusal!;

        using var follower = signals.Follow(id);
        if (await Earlier(request, cancellation) is { } earlier) return await Repeated(earlier);
        if (await tasks.Find(id, cancellation) is not var (task, _)) return TaskRoutes.Unknown(id, http);
        if (task.State == States.Ended) return Problem.Of(StatusCodes.Status409Conflict, Outcome.Over(task));
        (var message, refusal) = command(request, task);
        if (message is null) return refusal!;

        try
        {
            await session.Open(new SqlPersistenceOpenSessionOptions(), cancellation);
            await session.Send(message, cancellation);
            writes.Add(session.SynchronizedStorageSession, $"{request.Client}/{request.Endpoint}/{request.Key}",
                $"""
                INSERT INTO DeskRequests (Client, Endpoint, Key, Fingerprint, After, At)
                VALUES ({request.Client}, {request.Endpoint}, {request.Key}, {request.Fingerprint}, {task.Sequence}, {time.GetUtcNow()})
                """);
            await session.Commit(cancellation);
        }
        catch (Exception failure) when (Duplicates.Caused(failure) && !cancellation.IsCancellationRequested)
        {
            // The same request came twice at once, and the other was faster.
            if (await Earlier(request, cancellation) is { } other) return await Repeated(other);
            throw;
        }

        return await Answered(wish, request, id, task.Sequence, follower, http);

        async Task<IResult> Repeated(RequestRow row)
        {
            if (row.Fingerprint != request.Fingerprint) return KeyedRequest.UsedForAnother(row.At);
            http.Response.Headers["Idempotency-Replayed"] = "true";
            return await Answered(wish, request, id, row.After, follower, http);
        }
    }

    async Task<IResult> Answered(Wish wish, KeyedRequest request, string id, int after, Signals.Follower follower, HttpContext http)
    {
        // The same words are the same answer, whatever key they come under.
        var answerId = wish == Wish.Answer ? request.Fingerprint : null;
        var begun = time.GetTimestamp();
        var looks = new Looks(follower, options.Value.PollInterval, time);
        while (true)
        {
            var (task, entries) = (await tasks.Find(id, http.RequestAborted))!.Value;
            if (Outcome.Of(wish, request.Client, after, answerId, task, entries) is { } outcome)
            {
                return outcome.Refusal is { } why
                    ? Problem.Of(StatusCodes.Status409Conflict, why)
                    : TypedResults.Ok(TaskView.Of(task, entries, request.Client));
            }

            var left = options.Value.Patience - time.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero) return new NotKnownYet(id);
            await looks.Next(left, http.RequestAborted);
        }
    }

    async Task<RequestRow?> Earlier(KeyedRequest request, CancellationToken cancellation)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellation);
        return await context.Requests.AsNoTracking().SingleOrDefaultAsync(
            row => row.Client == request.Client && row.Endpoint == request.Endpoint && row.Key == request.Key, cancellation);
    }
}

/// <summary>202: safe with the hub, and on its way; what becomes of it shows in the task.</summary>
sealed class NotKnownYet(string id) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = StatusCodes.Status202Accepted;
        response.Headers.Location = Links.Task(id);
        response.Headers.RetryAfter = "1";
        return response.WriteAsJsonAsync(new RequestedView(id, "requested", Links.Task(id)), httpContext.RequestAborted);
    }
}

/// <summary>What an operator hears whose wish is on its way.</summary>
sealed record RequestedView(string TaskId, string Status, string Task);
