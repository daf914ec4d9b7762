using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dovetail.ServiceControl.Api;

/// <summary>Where clients begin. Only the calls that are offered are listed: a client takes a missing one for a missing feature.</summary>
static class RootApi
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/", Root);

    static IResult Root(HttpRequest request)
    {
        const string Page = "{?page,per_page,direction,sort}";
        var root = $"{request.Scheme}://{request.Host}/api";
        return Answers.Json(new
        {
            Description = "Failed and processed messages of the Dovetail hub",
            EndpointsErrorUrl = $"{root}/endpoints/{{name}}/errors/{Page}",
            EndpointsMessagesUrl = $"{root}/endpoints/{{name}}/messages/{Page}",
            ErrorsUrl = $"{root}/errors/{Page}",
            LicenseStatus = "valid",
            Name = "ServiceControl",
        });
    }
}
