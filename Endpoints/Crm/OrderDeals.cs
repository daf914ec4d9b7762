using System.Net;
using Dovetail.Contracts.Orders;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Crm;

/// <summary>Brings an order's deal to what an event says. Events come in any order, doubled, and several at once: there is one deal an order all the same.</summary>
/// <remarks>Bitrix24 has no idempotency keys, so: one at a time for an order, look before adding, and after an unanswered add wait before adding again.</remarks>
sealed class OrderDeals(Bitrix24Client bitrix, CrmLinks links, IOptions<Bitrix24Options> options, IOptions<Bitrix24FeedOptions> feed, TimeProvider time)
{
    readonly DealStages _stages = new(options.Value.Category);

    public Task Apply(DealChange change, CancellationToken cancellation) => links.Hold(CrmLink.Deal + change.OrderId, async (link, held) =>
    {
        link.Want(change);
        var contact = change.Customer is null ? null : await Contact(change.Customer, held);

        // Somebody may have deleted the deal by hand: then it is looked for again and made again.
        var deal = await Own(link, change.OrderId, held);
        deal ??= await bitrix.FindDealOfOrder(change.OrderId, held);
        if (deal is null)
        {
            await Add(link, held => bitrix.AddDeal(change.New(options.Value.Originator, contact, _stages), held), held);
        }
        else
        {
            link.VendorId = deal.Id;
            var fields = change.Over(deal, link.AmountSequence, contact, _stages);
            if (fields.Count > 0)
                await bitrix.UpdateDeal(deal.Id, fields, held);
        }

        if (change.Amount is not null && change.Sequence > link.AmountSequence)
            link.AmountSequence = change.Sequence;
        return link.VendorId;
    }, cancellation);

    /// <summary>Reads how the deal stands after people changed it, and puts right what they may not.</summary>
    public Task<DealVerdict> Compare(string orderId, bool mayGiveUp, CancellationToken cancellation) => links.Hold<DealVerdict>(CrmLink.Deal + orderId, async (link, held) =>
    {
        if (link.Wanted is not { } wanted || await Own(link, orderId, held) is not { } deal)
            return new DealVerdict.AsItShouldBe();

        var verdict = DealVerdict.Of(wanted, deal, _stages, mayGiveUp);
        if (verdict is not DealVerdict.Changed changed)
            return verdict;
        if (!link.MayCorrect(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), feed.Value.CorrectionsADay))
            return new DealVerdict.LeftAlone();

        // Counted before it is written: otherwise one that fails over and over would never be counted.
        await links.Keep(link, held);
        await bitrix.UpdateDeal(deal.Id, changed.Fields, held);
        return verdict;
    }, cancellation);

    /// <summary>The deal that is known to be the order's. After a move to another portal its id may be that of somebody else's.</summary>
    async Task<Deal?> Own(CrmLink link, string orderId, CancellationToken cancellation) =>
        link.VendorId is not null && await bitrix.FindDeal(link.VendorId, cancellation) is { } deal && deal.OrderId == orderId && deal.Originator == options.Value.Originator
            ? deal
            : null;

    async Task<string?> Contact(Customer customer, CancellationToken cancellation)
    {
        var subject = $"contact {customer.CustomerId}";
        return await links.Find(subject, cancellation) ?? await links.Hold(subject, async (link, held) =>
        {
            // Whom the sales people know already by phone or e-mail is not entered a second time.
            link.VendorId ??= await bitrix.FindContact("PHONE", customer.Phone, held) ?? await bitrix.FindContact("EMAIL", customer.Email, held);
            if (link.VendorId is null)
                await Add(link, held => bitrix.AddContact(customer, options.Value.Originator, held), held);
            return link.VendorId;
        }, cancellation);
    }

    /// <summary>Adds what a search has just not found.</summary>
    async Task Add(CrmLink link, Func<CancellationToken, Task<string>> add, CancellationToken cancellation)
    {
        // An earlier add got no answer. Until the portal's longest request is over it may still appear, and then there would be two.
        if (link.AddStarted is { } started && time.GetUtcNow() - started < options.Value.LongestRequest)
        {
            throw new InvalidOperationException(
                $"Bitrix24 was asked at {started:O} to add the {link.Subject} and did not answer, and it can't be found there yet. " +
                $"It is added again when {options.Value.LongestRequest} have passed, so that there are never two; the message is tried again.");
        }

        link.AddStarted = time.GetUtcNow();
        await links.Keep(link, cancellation);
        try
        {
            link.VendorId = await add(cancellation);
        }
        catch (HttpRequestException refused) when (!cancellation.IsCancellationRequested && NothingWillAppear(refused))
        {
            link.AddStarted = null;
            throw;
        }

        link.AddStarted = null;
    }

    // An answer of the portal itself, or no connection at all. A gateway in front of it may give up while the portal goes on.
    static bool NothingWillAppear(HttpRequestException failure) =>
        failure.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
        || failure.StatusCode is not (null or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout);
}
