namespace Dovetail.Endpoints.Sandbox.Loymax;

/// <summary>Purchases and balances. The caller holds the lock.</summary>
sealed class LoymaxBook(SandboxLedger ledger, TimeProvider time)
{
    public const string System = "loymax";

    const string Customers = "loymax-customers";
    const string Operations = "loymax-operations";
    const decimal Cashback = 0.05m;

    /// <summary>Any card <c>CARD-…</c> exists, with 1000 points at first.</summary>
    public LoymaxCustomer? Find(string card) =>
        ledger.Find<LoymaxCustomer>(Customers, card)
        ?? (card.StartsWith("CARD-", StringComparison.Ordinal) ? new(card, 1000m) : null);

    public LoymaxPurchase? Purchase(string id) => ledger.Find<LoymaxPurchase>(System, id);

    public IEnumerable<LoymaxPurchase> Purchases() => ledger.All<LoymaxPurchase>(System);

    public void CountOverlap(string card) => Save(Find(card)! with { Overlaps = Find(card)!.Overlaps + 1 });

    public Ended Calculate(string card, string purchaseId, ProcessingRequest request) => Purchase(purchaseId) switch
    {
        { State: not "Created" } closed => Closed(closed),
        var purchase when request.Cheque is { } cheque => new(
            "Ok", purchase is { Earned: > 0 } ? purchase.Earned : Earned(cheque.Total - (purchase?.WrittenOff ?? request.PaymentAmount ?? 0)), Math.Min(Find(card)!.Balance, cheque.Total), Find(card)!.Balance),
        _ => new("RequereFieldException"),
    };

    public Ended WriteOff(string card, string purchaseId, ProcessingRequest request)
    {
        var customer = Find(card)!;
        var amount = request.Amount ?? 0;
        return Open(card, purchaseId, request, "payment", purchase =>
            amount <= 0 ? (new("FormatException"), purchase)
            : amount > purchase.Total - purchase.WrittenOff ? (new("LargePaymentAmount"), purchase)
            : amount > customer.Balance ? (new("NotEnoughMoney"), purchase)
            : (Ended.Ok with { Balance = Save(customer with { Balance = customer.Balance - amount }).Balance },
                purchase with { WrittenOff = purchase.WrittenOff + amount }));
    }

    public Ended Accrue(string card, string purchaseId, ProcessingRequest request) => Open(card, purchaseId, request, "bonus", purchase =>
    {
        // Points are for what was paid with money, where the final cheque says so.
        var rest = purchase.Total - purchase.WrittenOff;
        var earned = Earned(request.Pays is { Count: > 0 } pays ? Math.Min(rest, pays.Sum(pay => pay.Amount)) : rest);
        return (Ended.Ok with { Earned = earned }, purchase with { Earned = earned });
    });

    public Ended Confirm(string purchaseId, ProcessingRequest request) => Close(purchaseId, request, "confirm", purchase =>
    {
        Credit(purchase.Card, purchase.Earned);
        return purchase with { State = "Confirmed" };
    });

    public Ended Cancel(string purchaseId, ProcessingRequest request) => Close(purchaseId, request, "cancel", purchase =>
    {
        Credit(purchase.Card, purchase.WrittenOff);
        return purchase with { State = "Canceled" };
    });

    /// <summary>An operation that may be the first of its purchase. What fails leaves no trace.</summary>
    Ended Open(
        string card, string purchaseId, ProcessingRequest request, string kind, Func<LoymaxPurchase, (Ended Ended, LoymaxPurchase Purchase)> act)
    {
        if (request is not { OperationId: { Length: > 0 } operationId, Cheque: { Lines.Count: > 0 } cheque })
            return new("RequereFieldException");
        if (ledger.Find<LoymaxOperation>(Operations, operationId) is not null)
            return new("NotUniqueOperationID");

        var purchase = Purchase(purchaseId) ?? new(purchaseId, card, cheque.Number ?? "", "Created", cheque.Total, 0, 0, []);
        if (purchase.State != "Created")
            return Closed(purchase);
        if (purchase.Card != card)
            return new("DifferentPurchase");
        if (purchase.Total != cheque.Total)
            return new("DifferentCheque");

        var (ended, changed) = act(purchase);
        if (ended.Code == "Ok")
            Save(changed, operationId, kind);
        return ended;
    }

    Ended Close(string purchaseId, ProcessingRequest request, string kind, Func<LoymaxPurchase, LoymaxPurchase> act)
    {
        if (request.OperationId is not { Length: > 0 } operationId)
            return new("RequereFieldException");
        if (ledger.Find<LoymaxOperation>(Operations, operationId) is not null)
            return new("NotUniqueOperationID");
        if (Purchase(purchaseId) is not { } purchase)
            return new("PurchaseNotFound");
        if (purchase.State != "Created")
            return Closed(purchase);

        Save(act(purchase), operationId, kind);
        return Ended.Ok;
    }

    void Save(LoymaxPurchase purchase, string operationId, string kind)
    {
        var operation = new LoymaxOperation(operationId, kind, time.GetUtcNow());
        ledger.Save(Operations, operationId, operation);
        ledger.Save(System, purchase.Id, purchase with { Operations = [.. purchase.Operations, operation] });
    }

    LoymaxCustomer Save(LoymaxCustomer customer)
    {
        ledger.Save(Customers, customer.Card, customer);
        return customer;
    }

    void Credit(string card, decimal points)
    {
        var customer = Find(card)!;
        Save(customer with { Balance = customer.Balance + points });
    }

    static Ended Closed(LoymaxPurchase purchase) => new(purchase.State == "Confirmed" ? "OperationIsConfirmed" : "OperationIsCanceled");

    static decimal Earned(decimal paid) => Math.Round(Math.Max(paid, 0) * Cashback, 2, MidpointRounding.ToZero);
}
