using Microsoft.AspNetCore.Http;

namespace Dovetail.Gateway.Answers;

/// <summary>What became of a request, and what to do about it. Who only looked has nothing to fear; who ordered must know.</summary>
static class Advice
{
    public static string NothingAccepted(HttpContext context) => Changes(context)
        ? "Nothing was accepted, so it is safe to repeat the request with the same Idempotency-Key."
        : "Try again in a moment.";

    public static string PerhapsAccepted(HttpContext context) => Changes(context)
        ? "The request may have been accepted all the same. Repeat it with the same Idempotency-Key: it will not be done twice."
        : "Try again in a moment.";

    static bool Changes(HttpContext context) => !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
}
