using System.Globalization;
using System.Text.Json;
using Dovetail.Endpoints.Live;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Desk.Reading;

/// <summary>Sends tasks as they change, for as long as somebody listens.</summary>
sealed class TaskStream(DeskTasks tasks, Signals signals, IOptions<DeskOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    const int AtOnce = 200;

    public async Task Send(HttpContext http)
    {
        // A stream would hold up the end of the process for as long as its client likes.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        using var follower = signals.Follow(DeskTasks.All);
        try
        {
            await Send(http, follower, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client has gone, or will come back to another process.
        }
    }

    async Task Send(HttpContext http, Signals.Follower follower, CancellationToken cancellation)
    {
        var had = http.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? http.Request.Query["after"].FirstOrDefault();
        var told = long.TryParse(had, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last : await tasks.LastNumber(cancellation);
        var stream = new EventStream(http.Response, time);
        var looks = new Looks(follower, options.Value.PollInterval, time);

        await stream.Begin(cancellation);
        while (true)
        {
            var changed = await tasks.Changed(told, AtOnce, cancellation);
            foreach (var (task, number) in changed)
            {
                if (task.OpenedAt is not null)
                    await stream.Send("task", number, JsonSerializer.Serialize(TaskSummary.Of(task), JsonSerializerOptions.Web), cancellation);
                told = number;
            }

            if (stream.Quiet >= options.Value.KeepAlive) await stream.KeepAlive(cancellation);
            await looks.Next(options.Value.KeepAlive, cancellation);
        }
    }
}
