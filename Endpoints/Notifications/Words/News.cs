using System.Globalization;
using Dovetail.Contracts.Notifications.Commands;

namespace Dovetail.Endpoints.Notifications.Words;

/// <summary>What there is to tell.</summary>
sealed record News(string OrderId, NotificationKind Kind, IReadOnlyDictionary<string, string> Details)
{
    /// <summary>A sentence that is left out when what it tells is not known.</summary>
    /// <param name="show">How the detail is written in the language of the letter.</param>
    public string With(string sentence, string name, Func<string, string>? show = null) =>
        Details.GetValueOrDefault(name) is { } value && !string.IsNullOrWhiteSpace(value)
            ? string.Format(CultureInfo.InvariantCulture, sentence, (show is null ? value : show(value)).Trim().TrimEnd('.'))
            : "";

    public InvalidOperationException Unknown(string language) => new(
        $"There is nothing to say about '{Kind}' in {language} (order {OrderId}). Write it in {nameof(English)} and {nameof(Russian)}, then retry the message from the error queue.");
}
