using System.Text.RegularExpressions;
using Dovetail.Endpoints.Answers;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>What is on a loyalty card. Neither the question nor the answer leaves a trace of whose it is: a card is often a phone number.</summary>
sealed partial class Balance(CustomerLease lease, LiveQuestions questions, TimeProvider time)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    public async Task<IResult> Show(string card, LoymaxClient client, HttpContext http) => Cards().IsMatch(card)
        ? await questions.Ask(http, async () =>
        {
            // Loymax may lock up when two calls for one customer overlap, so this one waits its turn with those of orders.
            var answer = await lease.Hold(card, held => client.Balance(card, time.GetUtcNow(), held), CancellationToken.None);
            return Of(answer) is { } view ? new Tagged(view, Fresh) : Unknown();
        })
        : Unknown();

    /// <summary>Null for a card that nobody knows.</summary>
    internal static BalanceView? Of(LoymaxOperation? answer) => answer switch
    {
        null or { Code: "CardNotFound" or "CardHolderNotFound" } => null,
        { IsOk: true, Amount: { } points } => new(points),
        { IsOk: false } when LoymaxCodes.Refusal(answer.Code) is { } reason => new(0, UnavailableBecause: reason),
        _ => throw new HttpRequestException($"{LoymaxClient.System} answered a question for a balance with '{answer.Code}' and no amount. Nothing was changed."),
    };

    static IResult Unknown() => Problem.Of(StatusCodes.Status404NotFound, "The loyalty programme knows no such card: check the number, which may also be the phone number that the customer signed up with.");

    // What the programme takes as a name of a customer travels in a header.
    [GeneratedRegex(@"^[!-~]{1,50}\z")]
    private static partial Regex Cards();
}

/// <param name="Available">Points that can be spent now.</param>
/// <param name="Reserved">Points set aside for orders under way; null where the programme does not tell. They are not among those available.</param>
/// <param name="UnitsPerPoint">What one point pays, in units of the order's currency.</param>
/// <param name="UnavailableBecause">Why none can be spent although the card is known.</param>
sealed record BalanceView(decimal Available, decimal? Reserved = null, int UnitsPerPoint = 1, string? UnavailableBecause = null);
