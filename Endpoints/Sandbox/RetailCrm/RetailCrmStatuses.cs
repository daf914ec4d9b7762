namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>The statuses of a new account and their groups. The misspellings are the real codes.</summary>
static class RetailCrmStatuses
{
    public const string SentToAssembling = "send-to-assembling";
    public const string Assembling = "assembling";
    public const string AssemblingComplete = "assembling-complete";
    public const string NoProduct = "no-product";

    // Of items.
    public const string OutOfStock = "out-of-stock";
    public const string ReadyForAssembly = "ready-for-assembly";
    public const string Completed = "completed";

    public static readonly IReadOnlySet<string> OfItems = new HashSet<string>
    {
        "new", "confirming", "in-reserve", "assembly-delivery", ReadyForAssembly, Completed, "saled",
        OutOfStock, "failure", "product-is-damaged", "assembly-not-delivery", "lost", "returned",
    };

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
