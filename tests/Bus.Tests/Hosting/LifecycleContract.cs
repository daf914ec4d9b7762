using System.Text;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>How endpoints start and stop, on every transport and store. Derive one class for each pair.</summary>
public abstract class LifecycleContract(TestContext test) : BusContract(test)
{
    [Scenario(69, 224)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_whose_handler_was_called_off_is_handled_when_the_endpoint_starts_again()
    {
        var first = await Start(("Sales", Waiting));
        await first.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await first.Notes.Until<WaitCommand>(1, Cancellation);
        await StopImpatiently(first);
        await first.DisposeAsync();

        await using var second = await Start(("Sales", Waiting));
        second.Notes.Gate("partner").SetResult();

        await second.Notes.Until<WaitCommand>(1, Cancellation);
        await Settled("Sales");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task While_a_handler_keeps_a_stop_waiting_others_have_what_lies_ready_here()
    {
        await using var transport = Open();
        await transport.CreateQueues(["Sales"], Cancellation);
        await transport.Send([.. Enumerable.Range(0, 40).Select(number => number is 20 or 21 ? Incoming<WaitCommand>("{}", number) : Incoming<AnswerMessage>("""{"Text":"?"}""", number))], Cancellation);
        await using var scenario = await Start(services => services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(10)), "Sales", sales =>
        {
            sales.AddHandler<WaitingHandler>();
            sales.AddHandler<AnswerHandler>();
            sales.LimitMessageProcessingConcurrencyTo(2);
        });
        await scenario.Notes.Until<WaitCommand>(2, Cancellation);
        var left = 38 - scenario.Notes.Of<AnswerMessage>().Count;

        var stopping = scenario.Stop(Cancellation);

        try
        {
            Assert.HasCount(left, await Take(transport, "Sales", left));
            Assert.IsFalse(stopping.IsCompleted);
        }
        finally
        {
            scenario.Notes.Gate("partner").SetResult();
            await stopping;
        }

        static OutgoingOperation Incoming<T>(string body, int number) => new($"{number}", HeadersOf<T>($"{number}"), Encoding.UTF8.GetBytes(body), new Target.Queue("Sales"));
    }

    [Scenario(223)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_called_off_by_a_stop_is_no_failure_and_nobody_is_told_of_one()
    {
        var told = new List<string>();
        var scenario = await Start(("Sales", (sales, routing) =>
        {
            Waiting(sales, routing);
            sales.Recoverability()
                .CustomPolicy((config, failure) =>
                {
                    lock (told) told.Add(failure.Exception.Message);
                    return DefaultRecoverabilityPolicy.Invoke(config, failure);
                });
        }
        ));
        await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);

        await StopImpatiently(scenario);
        await scenario.DisposeAsync();

        Assert.IsEmpty(told);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_that_was_called_off_costs_no_retry_whatever_it_makes_of_that()
    {
        var told = new List<string>();
        var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<HidesItsCancellationHandler>();
            sales.Recoverability()
                .CustomPolicy((config, failure) =>
                {
                    lock (told) told.Add(failure.Exception.Message);
                    return RecoverabilityAction.MoveToError(config.Failed.ErrorQueue);
                });
        }
        ));
        await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);

        await StopImpatiently(scenario);
        await scenario.DisposeAsync();

        Assert.IsEmpty(told);
        await using var transport = Open();
        Assert.AreEqual(1, Bus.Waiting(transport, "Sales"));
    }

    [Scenario(70)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_that_gives_up_for_a_reason_of_its_own_has_failed()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddHandler<GivesUpOnceHandler>()));

        await scenario.Session("Sales").SendLocal(new GiveUpCommand(), Cancellation);

        await scenario.Notes.Until<GiveUpCommand>(2, Cancellation);
        await Settled("Sales");
    }

    [Scenario(247)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_host_that_is_disposed_without_being_stopped_calls_its_handlers_off_at_once()
    {
        var host = Build(Waiting);
        await host.StartAsync(Cancellation);
        var notes = host.Services.GetRequiredService<Notes>();
        await host.Services.GetRequiredService<IMessageSession>().SendLocal(new WaitCommand(), Cancellation);
        await notes.Until<WaitCommand>(1, Cancellation);

        await ((IAsyncDisposable)host).DisposeAsync();

        await using var transport = Open();
        var again = Assert.ContainsSingle(await Take(transport, "Sales", 1));
        if (!Bus.CountsWhatCameBack) Assert.AreEqual(1, again.Attempt);
    }

    [Scenario(201, 205)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Whoever_sends_before_the_endpoint_has_started_waits_for_it()
    {
        using var host = Build((sales, _) => sales.AddHandler<AnswerHandler>());
        var sending = host.Services.GetRequiredService<IMessageSession>().SendLocal(new AnswerMessage("early"), Cancellation);
        Assert.IsFalse(sending.IsCompleted);

        await host.StartAsync(Cancellation);
        await sending;

        Assert.AreEqual("early", (await host.Services.GetRequiredService<Notes>().Until<AnswerMessage>(1, Cancellation)).Single().Text);
        await host.StopAsync(Cancellation);
    }

    [Scenario(203)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_host_that_only_installs_may_go_on_with_its_endpoints_at_rest()
    {
        using var host = Build((sales, _) => sales.AddHandler<AnswerHandler>(), services => services.AddNServiceBusInstallers(options => options.ShutdownBehavior = InstallersShutdownBehavior.Continue));
        await host.StartAsync(Cancellation);

        await host.Services.GetRequiredService<IMessageSession>().SendLocal(new AnswerMessage("for later"), Cancellation);

        Assert.IsFalse(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await using (var transport = Open()) Assert.AreEqual(1, Bus.Waiting(transport, "Sales"));
        await host.StopAsync(Cancellation);
    }

    [Scenario(101)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Critical_errors_are_told_also_from_before_the_start_and_may_stop_the_endpoint()
    {
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Build((sales, _) => sales.DefineCriticalErrorAction(async (context, cancellation) =>
        {
            await context.Stop(cancellation);
            told.SetResult($"{context.Error}: {context.Exception.Message}");
        }));
        host.Services.GetRequiredService<CriticalError>().Raise("The disk is full", new IOException("no space left"), Cancellation);
        Assert.IsFalse(told.Task.IsCompleted);

        await host.StartAsync(Cancellation);

        Assert.AreEqual("The disk is full: no space left", await told.Task.WaitAsync(Cancellation));
        var health = host.Services.GetRequiredService<BusHealth>();
        Assert.IsFalse(health.IsReady);
        StringAssert.Contains(health.ToString(), "Sales: not running");
        await host.StopAsync(Cancellation);
    }

    [Scenario(101)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_endpoint_goes_on_after_a_critical_error_unless_told_otherwise()
    {
        using var host = Build((sales, _) => sales.AddHandler<AnswerHandler>());
        await host.StartAsync(Cancellation);

        host.Services.GetRequiredService<CriticalError>().Raise("Something is wrong", new IOException("but not all"), Cancellation);
        await host.Services.GetRequiredService<IMessageSession>().SendLocal(new AnswerMessage("still here"), Cancellation);

        await host.Services.GetRequiredService<Notes>().Until<AnswerMessage>(1, Cancellation);
        Assert.IsTrue(host.Services.GetRequiredService<BusHealth>().IsReady);
        await host.StopAsync(Cancellation);
    }

    [Scenario(103)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_can_not_be_parked_stays_in_its_queue_and_that_is_a_critical_error()
    {
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AlwaysFailHandler>();
            sales.Recoverability().CustomPolicy((_, _) => RecoverabilityAction.MoveToError("nowhere"));
            sales.DefineCriticalErrorAction((context, _) =>
            {
                told.TrySetResult(context.Exception.Message);
                return Task.CompletedTask;
            });
        }
        ));

        await scenario.Session("Sales").SendLocal(new FailCommand("x"), Cancellation);

        StringAssert.Contains(await told.Task.WaitAsync(Cancellation), "nowhere");
        await using var transport = Open();
        Assert.AreEqual(1, Bus.Waiting(transport, "Sales"));
        await transport.CreateQueues(["nowhere"], Cancellation);
        Assert.ContainsSingle(await Take(transport, "nowhere", 1));
    }

    sealed class HidesItsCancellationHandler(Notes notes) : IHandleMessages<WaitCommand>
    {
        public async Task Handle(WaitCommand message, IMessageHandlerContext context)
        {
            notes.Write(message);
            try
            {
                await notes.Gate("partner").Task.WaitAsync(context.CancellationToken);
            }
            catch (OperationCanceledException called)
            {
                throw new IOException("The partner hung up.", called);
            }
        }
    }

    static void Waiting(EndpointConfiguration sales, RoutingSettings routing)
    {
        sales.AddHandler<WaitingHandler>();
        routing.RouteToEndpoint(typeof(WaitCommand), "Sales");
    }

    static async Task StopImpatiently(Scenario scenario)
    {
        using var impatient = new CancellationTokenSource();
        await impatient.CancelAsync();
        await scenario.Stop(impatient.Token);
    }

    IHost Build(Action<EndpointConfiguration, RoutingSettings> configure, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<Notes>();
        services?.Invoke(builder.Services);
        var endpoint = new EndpointConfiguration("Sales");
        var routing = Bus.Use(endpoint);
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.Conventions().DefiningCommandsAs(type => type.Name.EndsWith("Command", StringComparison.Ordinal)).DefiningMessagesAs(type => type.Name.EndsWith("Message", StringComparison.Ordinal));
        configure(endpoint, routing);
        builder.Services.AddNServiceBusEndpoint(endpoint);
        return builder.Build();
    }
}

sealed record GiveUpCommand;

sealed class GivesUpOnceHandler(Notes notes) : IHandleMessages<GiveUpCommand>
{
    public Task Handle(GiveUpCommand message, IMessageHandlerContext context)
    {
        notes.Write(message);
        return notes.Of<GiveUpCommand>().Count == 1 ? throw new OperationCanceledException("the partner hung up") : Task.CompletedTask;
    }
}
