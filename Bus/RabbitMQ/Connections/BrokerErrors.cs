using System.Net.Sockets;
using System.Security.Authentication;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Dovetail.Bus.RabbitMQ.Connections;

/// <summary>What the broker's failures mean.</summary>
static class BrokerErrors
{
    const ushort AccessRefused = 403;
    const ushort NotFound = 404;
    const ushort PreconditionFailed = 406;

    /// <summary>True if the broker, or the way to it, is at fault, and not what was asked.</summary>
    public static bool IsAway(Exception failure) => failure switch
    {
        OperationInterruptedException { ShutdownReason.ReplyCode: AccessRefused or NotFound or PreconditionFailed } => false,
        RabbitMQClientException or IOException or SocketException or TimeoutException or AuthenticationException or ObjectDisposedException => true,
        AggregateException several => several.InnerExceptions.All(IsAway),
        // The client's own way to say that an answer did not come in time.
        OperationCanceledException => true,
        _ => false,
    };

    public static bool IsMissing(Exception failure) => failure is OperationInterruptedException { ShutdownReason.ReplyCode: NotFound };

    /// <summary>True if the broker's complaint names an address: it is not there, or not for this user.</summary>
    public static bool IsAboutAddress(ShutdownEventArgs reason) => reason.ReplyCode is NotFound or AccessRefused;

    /// <summary>True if the broker's complaint is about what was published: too large, or of properties that contradict it or each other.</summary>
    public static bool IsAboutMessage(ShutdownEventArgs reason) => reason.ReplyCode is PreconditionFailed;

    /// <summary>True if something exists under the name and is of another kind.</summary>
    public static bool IsOther(Exception failure) => failure is OperationInterruptedException { ShutdownReason.ReplyCode: PreconditionFailed };

    public static string Told(ShutdownEventArgs? reason) => reason is null ? "it was closed" : $"{reason.ReplyText} ({reason.ReplyCode})";
}
