using Dovetail.Sagas.Orders;
using Microsoft.Extensions.Options;

namespace Dovetail.Sagas.Tasks;

/// <summary>Who waits for a person must wait longer than people have: at its limit a task answers by itself, and until then it would be asked for nothing.</summary>
sealed class PatienceWithPeople(IOptions<TaskDeadlines> tasks) : IValidateOptions<OrderDeadlines>
{
    public ValidateOptionsResult Validate(string? name, OrderDeadlines options)
    {
        try
        {
            return options.Decision > tasks.Value.Limit ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(
                $"{OrderDeadlines.Section}:{nameof(options.Decision)} is {options.Decision}, and people have {tasks.Value.Limit} for a task ({TaskDeadlines.Section}:{nameof(TaskDeadlines.Limit)}); give a longer one, or a shorter limit.");
        }
        catch (OptionsValidationException)
        {
            // It is told with the deadlines of tasks.
            return ValidateOptionsResult.Success;
        }
    }
}
