using System.Collections.Concurrent;
using System.Text.Json;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Hosting;
using NServiceBus.Installation;
using NServiceBus.Logging;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What surrounds an endpoint: installers, what the host's services know about it, and where its logs go.</summary>
[TestClass]
public sealed class When_an_endpoint_is_set_up(TestContext test) : IDisposable
{
    static readonly ILog Log = LogManager.GetLogger<When_an_endpoint_is_set_up>();

    readonly Notes _notes = new();
    readonly LogLines _lines = new();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Installers_of_the_application_run_in_their_order_before_it_receives_and_learn_for_whom()
    {
        using var host = await Start(endpoint =>
        {
            endpoint.EnableInstallers("shop-user");
            endpoint.AddInstaller<ReportTable>();
            endpoint.AddInstaller<ReportIndex>();
            endpoint.AddInstaller<ReportTable>();
        });

        CollectionAssert.AreEqual(new[] { "table for shop-user", "index for shop-user" }, _notes.Of<string>().ToList());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Installers_do_not_run_where_nobody_enabled_them()
    {
        using var host = await Start(endpoint => endpoint.AddInstaller<ReportTable>());

        Assert.IsEmpty(_notes.Of<string>());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_host_that_only_installs_runs_installers_that_nobody_enabled()
    {
        using var host = await Start(endpoint => endpoint.AddInstaller<ReportTable>(), services => services.AddNServiceBusInstallers(options => options.ShutdownBehavior = InstallersShutdownBehavior.Continue));

        Assert.AreEqual($"table for {Environment.UserName}", _notes.Of<string>().Single());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_services_of_its_host_know_its_name_and_its_queues()
    {
        var id = Guid.NewGuid();
        using var host = await Start(endpoint =>
        {
            endpoint.MakeInstanceUniquelyAddressable("one");
            endpoint.UniquelyIdentifyRunningInstance().UsingCustomIdentifier(id).UsingCustomDisplayName("sales, first floor").UsingHostName("till-7");
        });

        var information = host.Services.GetRequiredService<HostInformation>();
        Assert.AreEqual((id, "sales, first floor", "till-7"), (information.HostId, information.DisplayName, information.Properties["Machine"]));
        var addresses = host.Services.GetRequiredService<ReceiveAddresses>();
        Assert.AreEqual("Sales", addresses.MainReceiveAddress);
        StringAssert.EndsWith(addresses.InstanceReceiveAddress, "one");
        Assert.IsEmpty(addresses.SatelliteReceiveAddresses);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_endpoint_that_handles_nothing_says_so_and_how_handlers_are_added()
    {
        using var host = await Start(_ => { });

        var warning = _lines.Single(line => line.Level == LogLevel.Warning);
        foreach (var text in new[] { "Sales", "AddHandler<T>()", "AddSaga<T>()", "SendOnly()", "'error'" }) StringAssert.Contains(warning.Text, text);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(true), DataRow(false)]
    public async Task An_endpoint_that_handles_something_or_only_sends_has_nothing_to_warn_of(bool onlySends)
    {
        using var host = await Start(endpoint =>
        {
            if (onlySends) endpoint.SendOnly();
            else endpoint.AddHandler<TalkativeHandler>();
        });

        Assert.IsFalse(_lines.Any(line => line.Level == LogLevel.Warning));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_logger_in_a_static_field_writes_to_the_host_in_which_its_handler_runs()
    {
        using var host = await Start(endpoint => endpoint.AddHandler<TalkativeHandler>());
        using var others = new LogLines();
        using var other = await Start(endpoint => endpoint.AddHandler<TalkativeHandler>(), lines: others);

        await host.Services.GetRequiredService<IMessageSession>().SendLocal(new TalkCommand("tea"), test.CancellationToken);
        await _notes.Until<TalkCommand>(1, test.CancellationToken);

        var said = _lines.Where(line => line.Category == typeof(When_an_endpoint_is_set_up).FullName).ToList();
        CollectionAssert.AreEqual(new[] { "Information|about tea", "Warning|1.5 cups", "Error|spilt" }, said.Select(line => line.ToString()).ToList());
        Assert.IsFalse(others.Any(line => line.Category == typeof(When_an_endpoint_is_set_up).FullName));
    }

    [Scenario(211)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_it_is_configured_to_do_goes_as_json_to_whoever_asks()
    {
        var written = "";
        using var host = await Start(endpoint =>
        {
            endpoint.AddHandler<TalkativeHandler>();
            endpoint.CustomDiagnosticsWriter((diagnostics, _) => Task.FromResult(written = diagnostics));
        });

        using var json = JsonDocument.Parse(written);
        Assert.AreEqual("Sales", json.RootElement.GetProperty("Endpoint").GetString());
        StringAssert.Contains(json.RootElement.GetProperty("Handles")[0].GetProperty("Handlers")[0].GetString(), nameof(TalkativeHandler));
    }

    [Scenario(211)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_it_is_configured_to_do_goes_into_a_file_of_the_folder_named()
    {
        using var folder = new TemporaryFolder();
        using var host = await Start(endpoint => endpoint.SetDiagnosticsPath(folder.File("diagnostics")));

        StringAssert.Contains(await File.ReadAllTextAsync(Path.Combine(folder.File("diagnostics"), "Sales-configuration.txt"), test.CancellationToken), "\"Endpoint\": \"Sales\"");
    }

    [Scenario(211)]
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task It_starts_without_a_report_that_cannot_be_written()
    {
        using var host = await Start(endpoint =>
        {
            endpoint.AddHandler<TalkativeHandler>();
            endpoint.CustomDiagnosticsWriter((_, _) => throw new IOException("disk full"));
        });

        await host.Services.GetRequiredService<IMessageSession>().SendLocal(new TalkCommand("tea"), test.CancellationToken);
        await _notes.Until<TalkCommand>(1, test.CancellationToken);
        StringAssert.Contains(_lines.Single(line => line.Level == LogLevel.Warning && line.Category == "Dovetail.Bus.Sales").Text, "could not be written");
    }

    [TestMethod]
    public void Set_up_that_names_a_licence_runs_without_one()
    {
        var endpoint = new EndpointConfiguration("Sales");

        endpoint.License("<license />");
        endpoint.LicensePath("nowhere/license.xml");

        Assert.ThrowsExactly<ArgumentException>(() => endpoint.License(" "));
    }

    public void Dispose() => _lines.Dispose();

    async Task<IHost> Start(Action<EndpointConfiguration> configure, Action<IServiceCollection>? more = null, LogLines? lines = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(lines ?? _lines);
        builder.Services.AddSingleton(_notes);
        var endpoint = new EndpointConfiguration("Sales");
        endpoint.UseTransport(new InMemoryTransport(new InMemoryBroker()));
        endpoint.UsePersistence<InMemoryPersistence>();
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.Conventions().DefiningCommandsAs(type => type == typeof(TalkCommand));
        configure(endpoint);
        builder.Services.AddNServiceBusEndpoint(endpoint);
        more?.Invoke(builder.Services);
        var host = builder.Build();
        await host.StartAsync(test.CancellationToken);
        return host;
    }

    sealed record TalkCommand(string About);

    sealed class TalkativeHandler(Notes notes) : IHandleMessages<TalkCommand>
    {
        public Task Handle(TalkCommand message, IMessageHandlerContext context)
        {
            Log.InfoFormat("about {0}", message.About);
            Log.DebugFormat("{0} is nothing that anybody would read", "this");
            Log.WarnFormat("{0} cups", 1.5);
            if (Log.IsErrorEnabled) Log.Error("spilt", new InvalidOperationException());
            notes.Write(message);
            return Task.CompletedTask;
        }
    }

    sealed class ReportTable(Notes notes) : INeedToInstallSomething
    {
        public Task Install(string identity, CancellationToken cancellationToken = default)
        {
            notes.Write($"table for {identity}");
            return Task.CompletedTask;
        }
    }

    sealed class ReportIndex(Notes notes) : INeedToInstallSomething
    {
        public Task Install(string identity, CancellationToken cancellationToken = default)
        {
            notes.Write($"index for {identity}");
            return Task.CompletedTask;
        }
    }
}

/// <summary>A host's logs, as a test reads them.</summary>
sealed class LogLines : ILoggerProvider
{
    readonly ConcurrentQueue<LogLine> _lines = new();

    public ILogger CreateLogger(string categoryName) => new Writer(categoryName, _lines);

    public LogLine Single(Func<LogLine, bool> fits) => _lines.Single(fits);

    public bool Any(Func<LogLine, bool> fits) => _lines.Any(fits);

    public IEnumerable<LogLine> Where(Func<LogLine, bool> fits) => _lines.Where(fits);

    public void Dispose()
    {
    }

    sealed class Writer(string category, ConcurrentQueue<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(new LogLine(category, logLevel, formatter(state, exception)));
    }
}

sealed record LogLine(string Category, LogLevel Level, string Text)
{
    public override string ToString() => $"{Level}|{Text}";
}
