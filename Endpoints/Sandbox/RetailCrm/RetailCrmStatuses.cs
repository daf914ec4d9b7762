namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>The statuses of a new account and their groups. The misspellings are the real codes.</summary>
static class RetailCrmStatuses
{
    public const string SentToAssembling = "send-to-assembling";
    public const string Assembling = "assembling";
    public const string AssemblingComplete = "assembling-complete";
    public const string NoProduct = "no-product";

    public static readonly IReadOnlyDictionary<string, string> GroupOf = new Dictionary<string, string>
    {
        ["new"] = "new",
        ["availability-confirmed"] = "approval",
        ["offer-analog"] = "approval",
        ["client-confirmed"] = "approval",
        ["prepayed"] = "approval",
        [SentToAssembling] = "assembling",
        [Assembling] = "assembling",
        [AssemblingComplete] = "assembling",
        ["send-to-delivery"] = "delivery",
        ["delivering"] = "delivery",
        ["redirect"] = "delivery",
        ["complete"] = "complete",
        ["no-call"] = "cancel",
        [NoProduct] = "cancel",
        ["already-buyed"] = "cancel",
        ["delyvery-did-not-suit"] = "cancel",
        ["prices-did-not-suit"] = "cancel",
        ["cancel-other"] = "cancel",
    };
}
