using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Dovetail.Endpoints.Connectors;

/// <summary>What a request to one external system goes through: a limit of requests at once, few repetitions, a circuit breaker, a time limit an attempt.</summary>
sealed class Resilience : IDisposable
{
    static readonly HttpRequestOptionsKey<bool> Repeatable = new("Dovetail.Repeatable");
    static readonly ResiliencePropertyKey<HttpRequestMessage> Request = new("Dovetail.Request");
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    readonly string _system;
    readonly TimeSpan _timeout;
    readonly TimeSpan _connectTimeout;
    readonly TimeProvider _time;
    readonly SemaphoreSlim? _places;
    readonly ResiliencePipeline<HttpResponseMessage> _pipeline;

    public Resilience(string system, ConnectorOptions options, TimeProvider time)
    {
        (_system, _timeout, _connectTimeout, _time) = (system, options.Timeout, options.ConnectTimeout, time);
        _places = options.Concurrency > 0 ? new(options.Concurrency) : null;
        _pipeline = Build(options);
    }

    /// <summary>Marks a request that does no harm when it arrives twice, although it is no GET and carries no idempotency key.</summary>
    public static void MarkRepeatable(HttpRequestMessage request) => request.Options.Set(Repeatable, true);

    public async Task<HttpResponseMessage> Send(
        HttpRequestMessage request, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancellation)
    {
        var context = ResilienceContextPool.Shared.Get(cancellation);
        context.Properties.Set(Request, request);
        if (_places is not null)
            await _places.WaitAsync(cancellation);
        try
        {
            return await _pipeline.ExecuteAsync(
                static async (context, state) => await Whole(await state.self.Connected(state.request, state.send, context.CancellationToken), context.CancellationToken),
                context, (self: this, send, request));
        }
        catch (TimeoutRejectedException late)
        {
            throw new TimeoutException(
                $"{_system} did not answer {request.Method} {request.RequestUri?.AbsolutePath} within {_timeout.TotalSeconds:0.###} s. " +
                "It may have acted: ask again with the same operation id.", late);
        }
        catch (BrokenCircuitException open)
        {
            throw new LeftAloneException(
                $"{_system} was not asked {request.Method} {request.RequestUri?.AbsolutePath}: most of the latest calls failed, so it is left alone for " +
                $"{Break.TotalSeconds:0} s. Nothing was sent; the message is tried again later.", Break, open);
        }
        finally
        {
            _places?.Release();
            ResilienceContextPool.Shared.Return(context);
        }
    }

    public void Dispose() => _places?.Dispose();

    ResiliencePipeline<HttpResponseMessage> Build(ConnectorOptions options)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = _time };
        if (options.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = options.Retries,
                Delay = options.RetryDelay,
                MaxDelay = LongestPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(
                    IsFailure(arguments.Outcome) && MayRepeat(arguments.Context) && RetryAfter(arguments.Outcome.Result) <= LongestPause),
                DelayGenerator = arguments => ValueTask.FromResult(
                    RetryAfter(arguments.Outcome.Result) is var asked && asked > TimeSpan.Zero ? asked : (TimeSpan?)null),
                OnRetry = arguments =>
                {
                    arguments.Outcome.Result?.Dispose();
                    return default;
                },
            });
        }

        return builder
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                FailureRatio = 0.8,
                MinimumThroughput = 20,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = Break,
                ShouldHandle = arguments => ValueTask.FromResult(IsFailure(arguments.Outcome)),
            })
            .AddTimeout(options.Timeout)
            .Build();
    }

    async Task<HttpResponseMessage> Connected(
        HttpRequestMessage request, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancellation)
    {
        try
        {
            return await send(request, cancellation);
        }
        catch (OperationCanceledException late) when (late.InnerException is TimeoutException && !cancellation.IsCancellationRequested)
        {
            // Only the limit for connecting ends so.
            throw new HttpRequestException(
                HttpRequestError.ConnectionError,
                $"{_system} could not be connected to within {_connectTimeout.TotalSeconds:0.###} s for {request.Method} {request.RequestUri?.AbsolutePath}. Nothing was sent; the message is tried again later.",
                late);
        }
    }

    // Headers may come at once and the body never: the attempt's time limit must see both.
    static async Task<HttpResponseMessage> Whole(HttpResponseMessage response, CancellationToken cancellation)
    {
        await response.Content.LoadIntoBufferAsync(cancellation);
        return response;
    }

    // An open circuit is no failure of the system: repeating at once would only meet the open circuit again.
    static bool IsFailure(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException
        || outcome.Result?.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    static bool MayRepeat(ResilienceContext context) =>
        context.Properties.GetValue(Request, null!) is { } request
        && (request.Method == HttpMethod.Get
            || request.Headers.Contains("Idempotence-Key")
            || request.Headers.Contains("Idempotency-Key")
            || request.Options.TryGetValue(Repeatable, out var repeatable) && repeatable);

    TimeSpan RetryAfter(HttpResponseMessage? response) => response?.Headers.RetryAfter switch
    {
        { Delta: { } pause } => pause,
        { Date: { } moment } => moment - _time.GetUtcNow(),
        _ => TimeSpan.Zero,
    };
}

sealed class ResilienceHandler(Resilience resilience) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        resilience.Send(request, base.SendAsync, cancellationToken);
}
