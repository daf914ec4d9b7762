using Dovetail.Sagas.Notifications;
using Dovetail.Sagas.Orders;
using Microsoft.Extensions.Options;

namespace Dovetail.Sagas.Tasks;

/// <summary>Who waits for a person must wait longer than people have: at its limit a task answers by itself, and until then it would be asked for nothing.</summary>
sealed class PatienceWithPeople(IOptions<TaskDeadlines> tasks) : IValidateOptions<OrderDeadlines>, IValidateOptions<NotificationDeadlines>
{
    public ValidateOptionsResult Validate(string? name, OrderDeadlines options) => Check(OrderDeadlines.Section, nameof(options.Decision), options.Decision);

    public ValidateOptionsResult Validate(string? name, NotificationDeadlines options) => Check(NotificationDeadlines.Section, nameof(options.Call), options.Call);

    ValidateOptionsResult Check(string section, string key, TimeSpan patience)
    {
        try
        {
            return patience > tasks.Value.Limit ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(
                $"{section}:{key} is {patience}, and people have {tasks.Value.Limit} for a task ({TaskDeadlines.Section}:{nameof(TaskDeadlines.Limit)}); give a longer one, or a shorter limit.");
        }
        catch (OptionsValidationException)
        {
            // It is told with the deadlines of tasks.
            return ValidateOptionsResult.Success;
        }
    }
}
