using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Events;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Desk.Acting;
using Dovetail.Endpoints.Desk.Page;
using Dovetail.Endpoints.Desk.Reading;
using Dovetail.Endpoints.Desk.Writing;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Live;
using Dovetail.Endpoints.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Endpoints.Desk;

/// <summary>Where people find the tasks that wait for them, claim them and decide.</summary>
public static class DeskEndpoint
{
    public const string Name = "Desk";

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        routing.RouteToEndpoint(typeof(ClaimTask).Assembly, typeof(ClaimTask).Namespace!, "Sagas");
        endpoint.AddHandler<TaskHandler<TaskOpened>>();
        endpoint.AddHandler<TaskHandler<CallOpened>>();
        endpoint.AddHandler<TaskHandler<TaskClaimed>>();
        endpoint.AddHandler<TaskHandler<TaskReleased>>();
        endpoint.AddHandler<TaskHandler<TaskRefused>>();
        endpoint.AddHandler<TaskHandler<TaskReminded>>();
        endpoint.AddHandler<TaskHandler<TaskEscalated>>();
        endpoint.AddHandler<TaskHandler<TaskEnded>>();
    }

    /// <summary>Beside these the host registers the bus's ITransactionalSession, on the same database.</summary>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddWebRole(configuration);
        services.AddDatabase<DeskDb>(configuration, "desk");
        services.AddSingleton<IValidateOptions<DeskOptions>, DeskOptionsValidation>();
        services.AddSettings<DeskOptions>(configuration, DeskOptions.Section);
        services.AddSingleton<Signals>();
        services.AddSingleton<DeskTasks>();
        services.AddSingleton<TaskStream>();
        services.AddSingleton<TaskRoutes>();
        services.AddSingleton<TaskActions>();
        services.AddSingleton<DeskPages>();
        services.AddHostedService<RequestCleanup>();
    }

    public static void Map(WebApplication app)
    {
        app.MapAnswers();
        var routes = app.Services.GetRequiredService<TaskRoutes>();
        var actions = app.Services.GetRequiredService<TaskActions>();
        var pages = app.Services.GetRequiredService<DeskPages>();

        var tasks = app.MapGroup("/v1/tasks").RequireAuthorization(Access.Support);
        tasks.MapGet("", (Delegate)routes.List);
        tasks.MapGet("/events", (Delegate)routes.Follow);
        tasks.MapGet("/{id}", (string id, HttpContext http) => routes.Show(id, http));
        tasks.MapPost("/{id}/claim", (string id, HttpContext http, ITransactionalSession session) => actions.Claim(id, http, session));
        tasks.MapPost("/{id}/release", (string id, HttpContext http, ITransactionalSession session) => actions.Release(id, http, session));
        tasks.MapPost("/{id}/answer", (string id, HttpContext http, ITransactionalSession session) => actions.Answer(id, http, session));

        var desk = app.MapGroup("/desk").RequireAuthorization(Access.Support);
        desk.MapGet("", (Delegate)pages.List);
        desk.MapGet("/{id}", (string id, HttpContext http) => pages.Task(id, http));
        desk.MapGet("/assets/{file}", (string file, HttpContext http) => DeskPages.File(file, http));
    }
}
