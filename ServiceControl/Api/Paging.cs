using System.Linq.Expressions;
using Dovetail.ServiceControl.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Dovetail.ServiceControl.Api;

/// <summary>Which part of a list is asked for, and in which order. What makes no sense is read as if it were missing.</summary>
sealed record Paging(int Page, int PerPage, string Sort, bool Ascending)
{
    const int MostPerPage = 1_000;

    // Clients follow the links only beyond this number, however many they show on a page.
    const int LinksBeyond = 50;

    public static Paging Of(HttpRequest request) => new(
        Page: int.TryParse(request.Query["page"], out var page) ? Math.Max(page, 1) : 1,
        PerPage: int.TryParse(request.Query["per_page"], out var perPage) && perPage > 0 ? Math.Min(perPage, MostPerPage) : 50,
        Sort: $"{request.Query["sort"]}".ToLowerInvariant(),
        Ascending: string.Equals(request.Query["direction"], "asc", StringComparison.OrdinalIgnoreCase));

    public IQueryable<FailedMessage> Of(IQueryable<FailedMessage> messages) => Sort switch
    {
        "modified" => Cut(By(messages, message => message.LastModified)),
        _ => Cut(Common(messages)),
    };

    public IQueryable<StoredMessage> Of(IQueryable<StoredMessage> messages) => Cut(Common(messages));

    /// <summary>Where the rest of the list is, relative to the root of the API.</summary>
    public IEnumerable<string> Links(HttpRequest request, int total)
    {
        var last = (total + PerPage - 1) / PerPage;
        if (total <= LinksBeyond || Page > last)
            yield break;

        if (Page > 1)
        {
            yield return Link(1, "first");
            yield return Link(Page - 1, "prev");
        }

        if (Page < last)
        {
            yield return Link(last, "last");
            yield return Link(Page + 1, "next");
        }

        string Link(int page, string relation)
        {
            var path = request.Path.Value!.TrimStart('/')["api/".Length..].TrimEnd('/');
            var query = QueryHelpers.ParseQuery(request.QueryString.Value)
                .Where(parameter => !parameter.Key.Equals("page", StringComparison.OrdinalIgnoreCase))
                .SelectMany(parameter => parameter.Value, (parameter, value) => KeyValuePair.Create(parameter.Key, value))
                .Append(new("page", $"{page}"));
            return $"<{QueryHelpers.AddQueryString(path, query)}>; rel=\"{relation}\"";
        }
    }

    IOrderedQueryable<T> Common<T>(IQueryable<T> messages) where T : StoredMessage => Sort switch
    {
        "id" => By(messages, message => message.Id),
        "message_id" => By(messages, message => message.MessageId),
        "message_type" => By(messages, message => message.MessageType),
        "status" => By(messages, message => message.Status),
        "processed_at" or "time_of_failure" => By(messages, message => message.ProcessedAt),
        "critical_time" => By(messages, message => message.CriticalTime),
        "delivery_time" => By(messages, message => message.DeliveryTime),
        "processing_time" => By(messages, message => message.ProcessingTime),
        _ => By(messages, message => message.TimeSent),
    };

    IOrderedQueryable<T> By<T, TKey>(IQueryable<T> messages, Expression<Func<T, TKey>> key) where T : StoredMessage =>
        Ascending ? messages.OrderBy(key).ThenBy(message => message.Id) : messages.OrderByDescending(key).ThenByDescending(message => message.Id);

    IQueryable<T> Cut<T>(IQueryable<T> messages) => messages.Skip((int)Math.Min((Page - 1L) * PerPage, int.MaxValue)).Take(PerPage);
}
