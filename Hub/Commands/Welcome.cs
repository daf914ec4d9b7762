using Dovetail.Hub.Roles;

namespace Dovetail.Hub.Commands;

/// <summary>Says where to look and what to try first.</summary>
static class Welcome
{
    public static void Print(RunningHub hub)
    {
        Console.WriteLine();
        Console.WriteLine("Dovetail is running.");
        foreach (var (role, address) in hub.Addresses) Console.WriteLine($"  {role,-15} {address}");
        if (hub.Addresses.TryGetValue("gateway", out var gateway) && hub.Addresses.TryGetValue("sandbox", out var sandbox))
        {
            Console.WriteLine($$"""

                All external systems are stand-ins, to try things out: see {{sandbox}}control

                Place an order:
                  curl -s {{gateway}}v1/orders -H 'X-Api-Key: {{RunningHub.DemoShopKey}}' -H 'Idempotency-Key: "first-order"' -H 'Content-Type: application/json' -d @docs/first-order.json

                The answer names the page on which the customer follows the order: open it behind {{gateway}}
                Support signs in at {{gateway}}console with the key '{{RunningHub.DemoSupportKey}}'.

                Ctrl+C stops the hub.
                """);
        }
        Console.WriteLine();
    }
}
