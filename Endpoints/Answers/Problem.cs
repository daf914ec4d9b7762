using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Answers;

/// <summary>Every "no" of a role, as a problem of RFC 9457.</summary>
static class Problem
{
    public static IResult Of(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    /// <summary>All faults of a request at once, each with its place and its remedy.</summary>
    public static IResult Of(int status, string detail, IReadOnlyCollection<Fault> faults) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new("errors", faults)]);
}

/// <param name="Pointer">Where in the request's body, as a JSON pointer: <c>#/lines/0/quantity</c>.</param>
/// <param name="Detail">What is wrong there, and what would be right.</param>
sealed record Fault(string Pointer, string Detail);
