using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Dovetail.Gateway.Tests;

/// <summary>A role behind the gateway, which verifies the identity as a real one does and remembers what reached it.</summary>
sealed class TestUpstream : IAsyncDisposable
{
    public const string SigningKey = "a-signing-key-for-tests-of-the-gateway";

    readonly ConcurrentQueue<ReceivedRequest> _received = new();
    readonly WebApplication _app;

    TestUpstream(string name)
    {
        Answer = context => context.Response.WriteAsync(name, context.RequestAborted);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(jwt =>
        {
            jwt.MapInboundClaims = false;
            jwt.TokenValidationParameters = new TokenValidationParameters
            {
                ValidIssuer = "dovetail-gateway",
                ValidAudience = "dovetail",
                IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(SigningKey)),
                ClockSkew = TimeSpan.FromSeconds(5),
            };
        });

        _app = builder.Build();
        _app.MapGet("/health/ready", context =>
        {
            context.Response.StatusCode = Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        _app.UseWebSockets();
        _app.Map("/{**path}", Receive);
    }

    public RequestDelegate Answer { get; set; }

    public bool Ready { get; set; } = true;

    public IReadOnlyCollection<ReceivedRequest> Received => _received;

    public string Address => _app.Urls.Single();

    public static async Task<TestUpstream> Start(string name, CancellationToken cancellation)
    {
        var upstream = new TestUpstream(name);
        await upstream._app.StartAsync(cancellation);
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task Receive(HttpContext context)
    {
        var identity = await context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        _received.Enqueue(new ReceivedRequest(
            $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}",
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body,
            identity.Principal));
        await Answer(context);
    }
}

/// <param name="Identity">Null unless the request carried a token that the gateway signed and that is in force.</param>
sealed record ReceivedRequest(string Line, IReadOnlyDictionary<string, string> Headers, string Body, ClaimsPrincipal? Identity);
