using System.Data.Common;
using Dovetail.Endpoints.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Endpoints.Answers;

/// <summary>What all web roles behind the gateway have in common.</summary>
static class WebRole
{
    /// <summary>The gateway's word for who asks, problems, and health checks.</summary>
    public static void AddWebRole(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddGatewayIdentity(configuration);
        services.AddProblemDetails();
        services.AddHealthChecks();
    }

    /// <summary>Problems instead of bare status codes and stack traces, and the two health checks, open to everybody.</summary>
    public static void MapAnswers(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { StatusCodeSelector = Status });
        app.UseStatusCodePages();

        // Left to the framework, these two would come before, and their refusals be bare.
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") }).AllowAnonymous();
    }

    /// <summary>A database that is away or busy passes: whoever asks again later may succeed.</summary>
    internal static int Status(Exception failure) => failure switch
    {
        BadHttpRequestException { StatusCode: var status } => status,

        // What went wrong with the connection is within: a socket, or a stream that ended.
        DbException => StatusCodes.Status503ServiceUnavailable,
        { InnerException: { } cause } => Status(cause),
        _ => StatusCodes.Status500InternalServerError,
    };
}
