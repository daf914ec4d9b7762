using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Shop;

/// <summary>Section <c>Shop</c>.</summary>
public sealed class ShopOptions
{
    public const string Section = "Shop";

    /// <summary>How long the same Idempotency-Key gets the same answer. Clients are promised 24 hours.</summary>
    public TimeSpan IdempotencyKeyLifetime { get; set; } = TimeSpan.FromHours(48);

    /// <summary>How often keys past their lifetime are cleared away.</summary>
    public TimeSpan CleanUpInterval { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>Names all faults of the section at once.</summary>
sealed class ShopOptionsValidation : IValidateOptions<ShopOptions>
{
    public ValidateOptionsResult Validate(string? name, ShopOptions options)
    {
        List<string> faults = [];
        if (options.IdempotencyKeyLifetime < TimeSpan.FromHours(24))
            faults.Add($"Shop:IdempotencyKeyLifetime is {options.IdempotencyKeyLifetime}; it must be 1.00:00:00 or longer, as clients may repeat a request for a day.");
        if (options.CleanUpInterval <= TimeSpan.Zero)
            faults.Add($"Shop:CleanUpInterval is {options.CleanUpInterval}; it must be more than zero, such as 00:10:00.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
