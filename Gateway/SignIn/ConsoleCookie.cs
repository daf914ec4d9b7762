using System.Security.Claims;
using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Routing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Gateway.SignIn;

/// <summary>A session in the browser. It stands for the key that began it and ends with that key.</summary>
static class ConsoleCookie
{
    public const string Name = "dovetail";

    static readonly TimeSpan Session = TimeSpan.FromHours(12);

    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = Name;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = Session;
        options.SlidingExpiration = true;
        options.Events.OnValidatePrincipal = Revalidate;
        options.Events.OnRedirectToLogin = redirect => AskToSignIn(redirect.HttpContext);
        options.Events.OnRedirectToAccessDenied = redirect => ApiKeyHandler.Forbid(redirect.HttpContext);
    }

    /// <summary>The key's roles are taken anew each time, as for a program that sends the key itself.</summary>
    static async Task Revalidate(CookieValidatePrincipalContext context)
    {
        var keys = context.HttpContext.RequestServices.GetRequiredService<ApiKeys>();
        var key = await keys.FindById(context.Principal!.FindFirstValue(ClientClaims.KeyId)!, context.HttpContext.RequestAborted);
        if (key is not null && key.IsActive(context.Options.TimeProvider!.GetUtcNow()))
        {
            context.ReplacePrincipal(ClientClaims.Principal(key, context.Scheme.Name));
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(context.Scheme.Name);
    }

    static Task AskToSignIn(HttpContext context)
    {
        var request = context.Request;

        // A script or a program that fetches data wants to hear 401, not to be handed a form.
        var navigates = HttpMethods.IsGet(request.Method) && Problem.WantsPage(request) && request.Headers["Sec-Fetch-Mode"] is [] or ["navigate"];
        if (!navigates || GatewayRoute.Of(context) is not { ForBrowsers: true })
            return ApiKeyHandler.Challenge(context, failure: null);

        context.Response.Redirect("/signin" + QueryString.Create("returnUrl", request.Path + request.QueryString));
        return Task.CompletedTask;
    }
}
