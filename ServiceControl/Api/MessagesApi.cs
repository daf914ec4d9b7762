using Dovetail.ServiceControl.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.ServiceControl.Api;

/// <summary>Every message that was processed or tried.</summary>
sealed class MessagesApi(MessageStore store, Instance instance)
{
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/messages", context => List(context, WithoutSystemMessages(context.Request, messages => messages)));
        api.MapGet("/endpoints/{name}/messages", context =>
        {
            var name = $"{context.GetRouteValue("name")}";
            return List(context, WithoutSystemMessages(context.Request, messages => messages.Where(message => message.Endpoint == name)));
        });
        api.MapGet("/conversations/{id}", context =>
        {
            var id = $"{context.GetRouteValue("id")}";
            return List(context, messages => messages.Where(message => message.ConversationId == id));
        });
        api.MapGet("/messages/{id}/body", Body);
    }

    async Task List(HttpContext context, Func<IQueryable<StoredMessage>, IQueryable<StoredMessage>> filter)
    {
        var cancellation = context.RequestAborted;
        var paging = Paging.Of(context.Request);
        var (messages, total) = await store.Read(
            async database =>
            {
                var matching = filter(OncePerMessage(database));
                return (await paging.Of(matching).ToListAsync(cancellation), await matching.CountAsync(cancellation));
            },
            cancellation);
        await Answers.List(context, paging, [.. messages.Select(message => MessageView.Of(message, instance.Id))], total);
    }

    /// <summary>A retried message is in the store as a failure and, once it went well, as an audited copy too: the failure tells the story.</summary>
    static IQueryable<StoredMessage> OncePerMessage(StoreContext database) => database.Messages.Where(message =>
        message.Status != MessageStatus.SuccessfulRetry
        || !database.Failed.Any(failed => failed.MessageId == message.MessageId && failed.Endpoint == message.Endpoint));

    static Func<IQueryable<StoredMessage>, IQueryable<StoredMessage>> WithoutSystemMessages(
        HttpRequest request, Func<IQueryable<StoredMessage>, IQueryable<StoredMessage>> filter) =>
        bool.TryParse(request.Query["include_system_messages"], out var wanted) && wanted
            ? filter
            : messages => filter(messages).Where(message => !message.IsSystemMessage);

    async Task<IResult> Body(string id, HttpContext context)
    {
        if (!instance.Is(context.Request))
            return Answers.BadRequest("The query's instance_id names another instance. Leave it out.");

        var cancellation = context.RequestAborted;
        var (message, body) = await store.Read(
            async database =>
            {
                var message = await database.Messages.SingleOrDefaultAsync(message => message.Id == id, cancellation)
                    ?? await database.Messages.Where(message => message.MessageId == id).OrderBy(message => message.ProcessedAt).FirstOrDefaultAsync(cancellation);
                return (message, message is null ? null : await database.Bodies.SingleOrDefaultAsync(body => body.Id == message.Id, cancellation));
            },
            cancellation);
        if (message is null)
            return Answers.NotFound();
        if (body is null or { Content.Length: 0 })
            return Results.NoContent();

        // The sender chose the type. A browser must neither run it here nor guess another.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        context.Response.Headers.ETag = $"\"{Uri.EscapeDataString(id)}\"";
        return new BodyResult(message.Read().ContentType, body.Content);
    }

    /// <summary>Bytes as they were stored, under a type that may be any text.</summary>
    sealed class BodyResult(string contentType, byte[] content) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = contentType.Any(char.IsControl) ? "application/octet-stream" : contentType;
            response.ContentLength = content.Length;
            return response.Body.WriteAsync(content, httpContext.RequestAborted).AsTask();
        }
    }
}
