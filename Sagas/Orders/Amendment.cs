using System.Globalization;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Tasks;
using Dovetail.Sagas.Tasks;

namespace Dovetail.Sagas.Orders;

/// <summary>What an order is to become whose goods are missing. The order itself stays as it is until order management has taken the new lines.</summary>
sealed class Amendment
{
    /// <summary>The number of the question to the call centre; asking anew is another question.</summary>
    public int Number { get; set; }

    /// <summary>"out of stock: Desk lamp".</summary>
    public string What { get; set; } = "";

    /// <summary>Why the decision before this question could not be carried out.</summary>
    public string? Setback { get; set; }

    /// <summary>Ids of the lines that can't be delivered.</summary>
    public List<string> Missing { get; set; } = [];

    /// <summary>All lines as they are to be; null until that is decided.</summary>
    public List<OrderLine>? Lines { get; set; }

    /// <summary>What changes, in words for the customer too: "Floor lamp instead of Desk lamp, without Bulb".</summary>
    public string Changes { get; set; } = "";

    /// <summary>Nobody decided in time, so the hub did.</summary>
    public bool ByHub { get; set; }

    /// <summary>The most that the customer agreed to pay for these lines.</summary>
    public Money? AgreedTotal { get; set; }

    public IReadOnlyList<PricedLine>? Prices { get; set; }

    public Money? Total { get; set; }

    /// <summary>Points are set aside for these lines, and not for those before.</summary>
    public bool PointsAreSetAside { get; set; }

    public string TaskId(OrderState order) => string.Create(CultureInfo.InvariantCulture, $"{order.OrderId}/task/{Number}");

    /// <summary>The same goods are missing, and it has to be decided anew.</summary>
    public Amendment Anew(int number, string setback) => new() { Number = number, What = What, Setback = setback, Missing = Missing };

    public void Decide(IReadOnlyList<OrderLine> placed, IReadOnlyList<LineDecision> decisions, Money agreedTotal)
    {
        List<OrderLine> lines = [];
        List<string> changes = [];
        foreach (var line in placed)
        {
            if (!Missing.Contains(line.LineId))
            {
                lines.Add(line);
                continue;
            }
            var substitute = decisions.FirstOrDefault(decision => decision.LineId == line.LineId)?.Substitute;
            if (substitute is not null) lines.Add(substitute);
            changes.Add(TaskAnswers.Change(line.Name, substitute));
        }
        (Lines, Changes, AgreedTotal) = (lines, string.Join(", ", changes), agreedTotal);
    }
}

/// <summary>A hold that another took the place of, that nothing is left to pay with, or of which more was taken than was due: it is to be released.</summary>
/// <param name="Taken">Somebody took the money by hand: it is to be paid back.</param>
sealed record SpareHold(string PaymentId, Money Held, Money? Taken = null);
