using Dovetail.Gateway.Answers;
using Dovetail.Gateway.Keys;
using Dovetail.Gateway.Limits;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Dovetail.Gateway.SignIn;

/// <summary>Where a person exchanges a support key for a session, and gives it back.</summary>
sealed partial class SignInPages(ApiKeys keys, TimeProvider time, ILogger<SignInPages> logger)
{
    const string Home = "/console/";
    const int MostFormBytes = 8 * 1024;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/signin", ShowSignIn).AllowAnonymous();
        endpoints.MapPost("/signin", SignIn).AllowAnonymous().WithMetadata(new SignInAttempt(), new RequestSizeLimitAttribute(MostFormBytes));
        endpoints.MapGet("/signout", ShowSignOut).AllowAnonymous();
        endpoints.MapPost("/signout", SignOut).AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(MostFormBytes));
    }

    /// <summary>Only a path of this site: a link to us must not end at a stranger's page.</summary>
    internal static string SafeReturn(string? url) =>
        url is ['/', ..] && RedirectHttpResult.IsLocalUrl(url) ? url : Home;

    static Task ShowSignIn(HttpContext context) => Form(context, StatusCodes.Status200OK, context.Request.Query["returnUrl"], fault: null);

    async Task SignIn(HttpContext context)
    {
        if (!SameOrigin.Allows(context.Request))
        {
            await SameOrigin.Refuse(context);
            return;
        }

        if (!context.Request.HasFormContentType)
        {
            await Problem.Write(context, StatusCodes.Status415UnsupportedMediaType, "Sign in with the form at /signin. Programs need no session: they send their key with each request.");
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var returnUrl = SafeReturn(form["returnUrl"]);
        var key = await keys.Find($"{form["key"]}".Trim(), context.RequestAborted);
        if (key is null || !key.IsActive(time.GetUtcNow()))
        {
            LogRefused(key?.Client);
            await Form(context, StatusCodes.Status401Unauthorized, returnUrl, "This key is not known, or is no longer in force. Check that it was copied whole.");
            return;
        }

        if (!key.Roles.Contains(Roles.Support))
        {
            LogRefused(key.Client);
            await Form(context, StatusCodes.Status403Forbidden, returnUrl, "This key does not open the console. Use a key that has the role support.");
            return;
        }

        await context.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            ClientClaims.Principal(key, CookieAuthenticationDefaults.AuthenticationScheme));
        LogSignedIn(key.Client, key.Id);
        SeeOther(context, returnUrl);
    }

    static Task ShowSignOut(HttpContext context) => Page.Write(context, StatusCodes.Status200OK, "Sign out", """
        <p>You will need your key to come back.</p>
        <form method="post" action="/signout"><button>Sign out</button></form>
        """);

    static async Task SignOut(HttpContext context)
    {
        if (!SameOrigin.Allows(context.Request))
        {
            await SameOrigin.Refuse(context);
            return;
        }

        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        SeeOther(context, "/signin");
    }

    static Task Form(HttpContext context, int status, string? returnUrl, string? fault)
    {
        var alarm = fault is null ? "" : $"""<p class="alarm" id="fault" role="alert">{Page.Encode(fault)}</p>""";
        var marks = fault is null ? "" : """ aria-invalid="true" aria-describedby="fault" """;
        return Page.Write(context, status, "Sign in", $"""
            <p>The console is for support. Sign in with a support key.</p>
            {alarm}
            <form method="post" action="/signin">
            <input type="hidden" name="returnUrl" value="{Page.Encode(SafeReturn(returnUrl))}">
            <label for="key">Support key</label>
            <input id="key" name="key" type="password" autocomplete="current-password" autocapitalize="off" spellcheck="false" maxlength="512" required autofocus{marks}>
            <button>Sign in</button>
            </form>
            <p class="quiet">No key? Whoever runs this hub can create one for you.</p>
            """);
    }

    static void SeeOther(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Signed in {Client} with key {KeyId}.")]
    partial void LogSignedIn(string client, string keyId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a sign-in (client: {Client}).")]
    partial void LogRefused(string? client);
}
