namespace Dovetail.Endpoints.Sandbox.Webhooks;

/// <summary>Whom the stand-ins tell what happened. Section <c>Sandbox:Webhooks</c>; without an address a vendor tells nobody.</summary>
sealed class WebhookOptions
{
    public const string Section = "Sandbox:Webhooks";

    /// <summary>The hub's front door; a vendor without an address of its own tells <c>/hooks/{vendor}</c> there.</summary>
    public Uri? Hub { get; set; }

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
        "stripe" => (Stripe ?? AtHub(vendor), StripeSecret),
        "yookassa" => (YooKassa ?? AtHub(vendor), null),
        _ => (null, null),
    };

    Uri? AtHub(string vendor) => Hub is null ? null : new(Hub, $"hooks/{vendor}");
}
