using System.Globalization;
using Microsoft.Extensions.Options;

namespace Dovetail.Sagas.Notifications;

/// <summary>How long a notification waits for whom. The defaults are those of the business; tests run them in seconds.</summary>
public sealed record NotificationDeadlines
{
    public const string Section = "NotificationDeadlines";

    /// <summary>How long Notifications may take before it is asked again. Each further time is twice as long: a mail server may be away for hours.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a silent channel is asked, the first time included, before the next one is tried.</summary>
    public int Askings { get; init; } = 2;

    /// <summary>How long the customer may be tried to reach in all, quiet hours not counted.</summary>
    public TimeSpan InAll { get; init; } = TimeSpan.FromHours(24);

    internal TimeSpan PatienceWith(int attempt) => Patience * Math.Pow(2, Math.Min(attempt, 20) - 1);
}

/// <summary>Names all faults of the section at once, each with its key and what would be right.</summary>
sealed class NotificationDeadlinesValidation : IValidateOptions<NotificationDeadlines>
{
    public ValidateOptionsResult Validate(string? name, NotificationDeadlines options)
    {
        var faults = Faults(options).Select(fault => $"{NotificationDeadlines.Section}:{fault}.").ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    static IEnumerable<string> Faults(NotificationDeadlines options)
    {
        var normal = new NotificationDeadlines();
        if (options.Patience <= TimeSpan.Zero)
            yield return $"{nameof(options.Patience)} is {options.Patience}, but nobody answers in no time; give a duration above zero, or leave it out for {normal.Patience}";
        if (options.Askings < 1)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{nameof(options.Askings)} is {options.Askings}, but a channel must be asked at least once; give 1 or more, or leave it out for {normal.Askings}");
        }
        if (options.InAll < options.Patience)
            yield return $"{nameof(options.InAll)} is {options.InAll}, which is over before the first answer is due after {options.Patience}; give a longer one";
    }
}
