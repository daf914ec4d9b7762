namespace Dovetail.Endpoints.Sandbox.Webhooks;

/// <summary>Whom the stand-ins tell what happened. Section <c>Sandbox:Webhooks</c>; without an address a vendor tells nobody.</summary>
sealed class WebhookOptions
{
    public const string Section = "Sandbox:Webhooks";

    public Uri? Stripe { get; set; }

    /// <summary>What Stripe signs with; the whole text is the key.</summary>
    public string StripeSecret { get; set; } = "whsec_sandbox";

    /// <summary>YooKassa signs nothing.</summary>
    public Uri? YooKassa { get; set; }

    /// <summary>Pause after the first attempt that was not taken; each further one is twice as long.</summary>
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(1);

    public int Attempts { get; set; } = 10;

    public (Uri? Address, string? Secret) For(string vendor) => vendor switch
    {
        "stripe" => (Stripe, StripeSecret),
        "yookassa" => (YooKassa, null),
        _ => (null, null),
    };
}
