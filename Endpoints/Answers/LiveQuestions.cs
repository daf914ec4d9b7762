using System.Text.Json;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Answers;

/// <summary>Questions to an external system while a client waits: few at once and none for long. A slow system costs a page a moment, and the orders nothing.</summary>
/// <remarks>Who is refused has stopped waiting; the question itself goes on to its own end and keeps its place until then, so that no more than so many ever run.</remarks>
sealed partial class LiveQuestions(string system, LiveQuestionOptions options, TimeProvider time, ILogger<LiveQuestions> logger) : IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim _places = new(options.Concurrency);

    /// <param name="ask">Must not touch the request, which may be over before it is.</param>
    public async Task<IResult> Ask(HttpContext http, Func<Task<IResult>> ask)
    {
        if (!await _places.WaitAsync(options.Timeout, http.RequestAborted))
            return Away(http);

        var asking = Hold(ask);
        try
        {
            return await asking.WaitAsync(options.Timeout, time, http.RequestAborted);
        }
        catch (RejectedException rejected)
        {
            NotTaken(system, rejected);
            return Away(http);
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException or JsonException && !http.RequestAborted.IsCancellationRequested)
        {
            NotAnswered(system, failure);
            return Away(http);
        }
        finally
        {
            // What fails after everybody has left is nobody's news any more.
            _ = asking.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    public void Dispose() => _places.Dispose();

    async Task<IResult> Hold(Func<Task<IResult>> ask)
    {
        try
        {
            return await ask();
        }
        finally
        {
            _places.Release();
        }
    }

    IResult Away(HttpContext http)
    {
        http.Response.Headers.RetryAfter = $"{Pause.TotalSeconds:0}";
        return Problem.Of(StatusCodes.Status503ServiceUnavailable,
            $"The {system} does not answer at this moment. Nothing was changed, and orders are taken on as ever. Ask again in {Pause.TotalSeconds:0} seconds, and do without until then.");
    }

    [LoggerMessage(LogLevel.Warning, "The {System} did not answer a question in time; its asker was told to come back.")]
    partial void NotAnswered(string system, Exception failure);

    [LoggerMessage(LogLevel.Error, "The {System} does not take our questions, and asking again will not change that. Look at what it says, and mend the settings.")]
    partial void NotTaken(string system, Exception rejected);
}

/// <summary>How long a client waits for an external system, and how many may do so at once.</summary>
sealed class LiveQuestionOptions
{
    /// <summary>For a place, and again for the answer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

    public int Concurrency { get; set; } = 16;
}

static class LiveQuestionRoom
{
    /// <summary>Questions to a system while somebody waits: by a connector that repeats nothing, as whoever waits asks again or goes away.</summary>
    /// <param name="system">The system in words of the business: "loyalty programme".</param>
    /// <param name="section">Path of the section with the options: "Loyalty:Live".</param>
    public static void AddLiveQuestions<TConnector>(this IServiceCollection services, IConfiguration configuration, string system, string section) where TConnector : ConnectorOptions
    {
        services.PostConfigure<TConnector>(options => options.Retries = 0);
        services.AddSingleton<IValidateOptions<LiveQuestionOptions>>(new LiveQuestionValidation(section));
        services.AddSettings<LiveQuestionOptions>(configuration, section);
        services.AddSingleton(provider => new LiveQuestions(
            system, provider.GetRequiredService<IOptions<LiveQuestionOptions>>().Value, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LiveQuestions>>()));
    }

    /// <summary>Names all faults of the section at once.</summary>
    sealed class LiveQuestionValidation(string section) : IValidateOptions<LiveQuestionOptions>
    {
        public ValidateOptionsResult Validate(string? name, LiveQuestionOptions options)
        {
            List<string> faults = [];
            if (options.Timeout <= TimeSpan.Zero || options.Timeout > TimeSpan.FromSeconds(20))
                faults.Add($"{section}:Timeout is {options.Timeout}; it must be more than zero and 00:00:20 at most, such as 00:00:02.");
            if (options.Concurrency is < 1 or > 1_000)
                faults.Add($"{section}:Concurrency is {options.Concurrency}; it must be between 1 and 1000, such as 16.");
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
        }
    }
}
