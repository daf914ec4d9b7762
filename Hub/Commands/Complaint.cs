using System.Data.Common;
using Microsoft.Extensions.Options;

namespace Dovetail.Hub.Commands;

/// <summary>Says in words why a command can't be done. A stack trace is for what nobody foresaw.</summary>
static class Complaint
{
    const int Failed = 1;
    const int WrongSettings = 2;
    const int Interrupted = 130;

    public static async Task<int> OrElse(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (OptionsValidationException invalid)
        {
            await Console.Error.WriteLineAsync($"These settings must be mended first:{string.Concat(invalid.Failures.Select(failure => $"{Environment.NewLine}- {failure}"))}");
            return WrongSettings;
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return WrongSettings;
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or IOException or UnauthorizedAccessException or DbException)
        {
            await Console.Error.WriteLineAsync($"This can't be done: {failure.Message}");
            return Failed;
        }
    }
}
