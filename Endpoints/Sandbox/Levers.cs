using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox;

/// <summary>The faults that are pulled at the moment.</summary>
sealed class Levers(IOptions<SandboxOptions> options)
{
    const string RequestText = "Dovetail.Sandbox.Request";

    readonly Lock _gate = new();
    readonly List<Pulled> _pulled = [];
    readonly Random _dice = options.Value.Seed is { } seed ? new(seed) : new();

    public void Pull(Lever lever)
    {
        lock (_gate)
            _pulled.Add(new(lever) { Left = lever.Times });
    }

    /// <summary>The levers with what is left of them.</summary>
    public IReadOnlyList<Lever> All()
    {
        lock (_gate)
            return [.. _pulled.Select(pulled => pulled.Lever with { Times = pulled.Left })];
    }

    /// <param name="match">Only those that look for this; null for all.</param>
    public void Release(string? match = null)
    {
        lock (_gate)
            _pulled.RemoveAll(pulled => match is null || pulled.Lever.Match == match);
    }

    /// <summary>Uses up one time of the first lever of these effects that matches; for what does not come over HTTP, such as mail.</summary>
    /// <param name="text">Where <see cref="Lever.Match"/> is looked for.</param>
    /// <param name="call">Where <see cref="Lever.Call"/> is looked for.</param>
    public Lever? Take(string system, string call, string text, params ReadOnlySpan<LeverEffect> effects)
    {
        lock (_gate)
        {
            foreach (var pulled in _pulled)
            {
                if (!effects.Contains(pulled.Lever.Effect) || !Matches(pulled.Lever, system, call, text) || !Happens(pulled.Lever))
                    continue;

                if (pulled.Left is { } left)
                    pulled.Left = left - 1;
                if (pulled.Left <= 0)
                    _pulled.Remove(pulled);
                return pulled.Lever;
            }
        }

        return null;
    }

    /// <summary>The reason for which the vendor is to refuse this request, or null. Ask where the refusal would be decided: asking uses the lever up.</summary>
    public string? Refusal(string system, HttpContext context, string otherwise = "refused") =>
        Take(system, Call(context), Text(context), LeverEffect.Refuse) is { } lever ? lever.Reason ?? otherwise : null;

    /// <summary>Whether the goods of this request are to be gone.</summary>
    public bool OutOfStock(string system, HttpContext context) => Take(system, Call(context), Text(context), LeverEffect.OutOfStock) is not null;

    internal static string Call(HttpContext context) => $"{context.Request.Method} {context.Request.PathBase}{context.Request.Path}";

    internal static string Text(HttpContext context) => context.Items[RequestText] as string ?? "";

    internal static void Remember(HttpContext context, string text) => context.Items[RequestText] = text;

    static bool Matches(Lever lever, string system, string call, string text) =>
        lever.System == system
        && (lever.Match is null || text.Contains(lever.Match, StringComparison.Ordinal))
        && (lever.Call is null || call.Contains(lever.Call, StringComparison.OrdinalIgnoreCase));

    bool Happens(Lever lever) => lever.Chance is not { } chance || _dice.NextDouble() < chance;

    sealed class Pulled(Lever lever)
    {
        public Lever Lever => lever;

        public int? Left { get; set; }
    }
}
