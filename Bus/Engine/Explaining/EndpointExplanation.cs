using System.Globalization;
using System.Text;
using NServiceBus;

namespace Dovetail.Bus;

/// <summary>Asking an endpoint's configuration what it amounts to.</summary>
public static class ExplanationExtensions
{
    /// <summary>What the endpoint does, as it is configured by now; nothing is started, opened or created for it.</summary>
    public static EndpointExplanation Explain(this EndpointConfiguration config) => Explaining.Explainer.Explain(config.Settings);
}

/// <summary>What an endpoint does, in words: its text serves people, logs and golden files.</summary>
/// <param name="Reads">The queues that it reads; none if it only sends.</param>
/// <param name="Handles">Who handles what, in the order in which handlers run.</param>
/// <param name="Sends">Which types it sends to which endpoint, where a route says so.</param>
/// <param name="Subscribes">The events that it subscribes to when it starts.</param>
/// <param name="Policies">Everything else, each with its name: transport, retries, where failures go, and so on.</param>
public sealed record EndpointExplanation(
    string Endpoint, IReadOnlyList<string> Reads, IReadOnlyList<HandledMessage> Handles, IReadOnlyList<KeyValuePair<string, string>> Sends, IReadOnlyList<string> Subscribes, IReadOnlyList<KeyValuePair<string, string>> Policies)
{
    /// <inheritdoc />
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Endpoint}\n");
        Line("reads", Reads.Count == 0 ? "nothing: it only sends" : string.Join(", ", Reads));
        Lines("handles", Handles.Select(message => message.ToString()));
        Lines("sends", Sends.Select(route => $"{route.Key} to {route.Value}"));
        Lines("subscribes to", Subscribes);
        foreach (var (name, policy) in Policies) Line(name, policy);
        return text.ToString().TrimEnd('\n');

        void Lines(string name, IEnumerable<string> values)
        {
            foreach (var value in values)
            {
                Line(name, value);
                name = "";
            }
        }

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"  {name,-13} {value}\n");
    }
}

/// <summary>A message, and who handles it.</summary>
/// <param name="Kind">Command, event, message or timeout.</param>
public sealed record HandledMessage(string Message, string Kind, IReadOnlyList<string> Handlers)
{
    /// <inheritdoc />
    public override string ToString() => $"{Kind} {Message} by {string.Join(", then ", Handlers)}";
}
