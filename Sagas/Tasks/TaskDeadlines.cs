using Microsoft.Extensions.Options;

namespace Dovetail.Sagas.Tasks;

/// <summary>How long people have for a task, counted from its opening. The defaults are those of the business; demo and tests run them in seconds.</summary>
public sealed record TaskDeadlines
{
    public const string Section = "TaskDeadlines";

    /// <summary>When its queue is reminded of it.</summary>
    public TimeSpan Remind { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>When it goes to the support lead.</summary>
    public TimeSpan Escalate { get; init; } = TimeSpan.FromHours(2);

    /// <summary>When whoever asked decides without people.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long it is remembered that a task has ended, and how, so that nobody is asked again.</summary>
    public TimeSpan Memory { get; init; } = TimeSpan.FromDays(30);
}

/// <summary>Names all faults of the section at once, each with its key and what would be right.</summary>
sealed class TaskDeadlinesValidation : IValidateOptions<TaskDeadlines>
{
    public ValidateOptionsResult Validate(string? name, TaskDeadlines options)
    {
        var faults = Faults(options).Select(fault => $"{TaskDeadlines.Section}:{fault}.").ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    static IEnumerable<string> Faults(TaskDeadlines options)
    {
        var normal = new TaskDeadlines();
        foreach (var property in typeof(TaskDeadlines).GetProperties().Where(property => property.PropertyType == typeof(TimeSpan)))
        {
            if ((TimeSpan)property.GetValue(options)! <= TimeSpan.Zero)
                yield return $"{property.Name} is {property.GetValue(options)}, but nobody decides in no time; give a duration above zero, or leave it out for {property.GetValue(normal)}";
        }
        if (options.Remind >= options.Escalate)
            yield return $"Remind is {options.Remind}, when the task is with the support lead already after {options.Escalate}; give a shorter one";
        if (options.Escalate >= options.Limit)
            yield return $"Escalate is {options.Escalate}, when the task has ended already after {options.Limit}; give a shorter one";
    }
}
