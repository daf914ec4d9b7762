using Dovetail.Hub.Roles;

namespace Dovetail.Hub.Commands;

/// <summary>Says where to look and what to try first.</summary>
static class Welcome
{
    public static void Print(RunningHub hub, string folder)
    {
        Console.WriteLine();
        Console.WriteLine($"Dovetail is running. Its data is in {Path.GetFullPath(folder)}");
        foreach (var (role, address) in hub.Addresses) Console.WriteLine($"  {role,-15} {address}");
        if (hub.Addresses.TryGetValue("gateway", out var gateway) && hub.Addresses.TryGetValue("sandbox", out var sandbox))
        {
            Console.WriteLine($$"""

                All external systems are stand-ins, so nothing costs money. Their books, and levers that make them fail:
                  {{sandbox}}control

                Place an order, from the root of the repository:
                  curl -s {{gateway}}v1/orders \
                    -H 'X-Api-Key: {{RunningHub.DemoShopKey}}' \
                    -H 'Idempotency-Key: "my-first-order"' \
                    -H 'Content-Type: application/json' \
                    -d @docs/first-order.json

                The answer's "trackingPage" is where the customer follows the order: {{gateway}}track/...
                Support signs in at {{gateway}}console with the key '{{RunningHub.DemoSupportKey}}'.

                Ctrl+C stops the hub.
                """);
        }
        Console.WriteLine();
    }
}
