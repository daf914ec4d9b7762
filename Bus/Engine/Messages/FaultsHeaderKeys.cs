namespace NServiceBus.Faults;

/// <summary>Header names of a message in an error queue.</summary>
public static class FaultsHeaderKeys
{
    /// <summary>Type of the exception.</summary>
    public const string ExceptionType = "NServiceBus.ExceptionInfo.ExceptionType";

    /// <summary>Queue in which the message failed.</summary>
    public const string FailedQ = "NServiceBus.FailedQ";

    /// <summary>Help link of the exception.</summary>
    public const string HelpLink = "NServiceBus.ExceptionInfo.HelpLink";

    /// <summary>Type of the inner exception.</summary>
    public const string InnerExceptionType = "NServiceBus.ExceptionInfo.InnerExceptionType";

    /// <summary>What the exception says.</summary>
    public const string Message = "NServiceBus.ExceptionInfo.Message";

    /// <summary>Source of the exception.</summary>
    public const string Source = "NServiceBus.ExceptionInfo.Source";

    /// <summary>The whole exception as text.</summary>
    public const string StackTrace = "NServiceBus.ExceptionInfo.StackTrace";

    /// <summary>When the message failed for good.</summary>
    public const string TimeOfFailure = "NServiceBus.TimeOfFailure";
}
