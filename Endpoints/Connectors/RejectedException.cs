namespace Dovetail.Endpoints.Connectors;

/// <summary>Asking again is useless, and no reply says so: a person must look. The bus moves the message to the error queue at once.</summary>
public sealed class RejectedException : Exception
{
    public RejectedException(string message) : base(message)
    {
    }

    public RejectedException(string message, Exception cause) : base(message, cause)
    {
    }
}
