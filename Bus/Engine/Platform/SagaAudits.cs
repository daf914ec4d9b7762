using System.Text.Json;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.Platform;

/// <summary>Tells of each change of a saga, in the batch of the message that changed it: what was not committed is not told.</summary>
sealed partial class SagaAudits(SagaAuditSettings audit, EndpointSettings settings, PlatformMessages platform, TimeProvider time, ILogger logger)
{
    const string InvokedSagas = "NServiceBus.InvokedSagas";
    const string StateChange = "ServiceControl.SagaStateChange";

    /// <param name="timeouts">What the saga asked for and took back in the same breath was never sent.</param>
    public void Add(SagaChange change, SagaTrail trail, SagaTimeouts timeouts, object message, MessageHandlerContext context, UnitOfWork work)
    {
        // The attempt's own headers: so they stand on the audit copy too.
        var headers = work.Incoming!.Headers;
        Append(headers, InvokedSagas, $"{change.Saga.SagaType.FullName}:{change.Data.Id}");
        Append(headers, StateChange, $"{change.Data.Id}:{(change.Completed ? "Completed" : change.ReadAt is null ? "New" : "Updated")}");
        if (Written(change) is not { } state) return;

        var initiator = new SagaUpdate.Cause(
            context.MessageId, MessageProxies.ContractOf(message).FullName!, headers.ContainsKey(Headers.IsSagaTimeoutMessage), SentAt(headers), headers.GetValueOrDefault(Headers.OriginatingMachine),
            headers.GetValueOrDefault(Headers.OriginatingEndpoint), headers.GetValueOrDefault(Headers.MessageIntent));
        var update = new SagaUpdate(
            state, change.Data.Id, initiator, trail.Outcomes(timeouts.IsDropped), settings.EndpointName, IsNew: change.ReadAt is null, change.Completed, trail.StartedAt.UtcDateTime, time.GetUtcNow().UtcDateTime,
            change.Saga.SagaType.FullName!);
        context.Add(platform.Make(audit.Queue, SagaUpdate.WireName, update));
    }

    static void Append(Dictionary<string, string> headers, string key, string value) => headers[key] = headers.GetValueOrDefault(key) is { Length: > 0 } before ? $"{before};{value}" : value;

    static DateTime SentAt(Dictionary<string, string> headers) =>
        WireTime.TryRead(headers.GetValueOrDefault(Headers.TimeSent), out var sent) ? sent.UtcDateTime : DateTime.SpecifyKind(default, DateTimeKind.Utc);

    string? Written(SagaChange change)
    {
        try
        {
            return audit.Write is { } write ? JsonSerializer.Serialize(write(change.Data)) : JsonSerializer.Serialize(change.Data, change.Data.GetType(), SagaStateJson.Options);
        }
        catch (Exception failure)
        {
            // The order must not wait because somebody who looks at it can't be told.
            LogNotWritten(failure, change.Saga.Name, change.Data.Id);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The state of {Saga} {SagaId} can't be written for the audit of its changes, and this change is missing there. The message is not affected. Give AuditSagaStateChanges a function that writes the state")]
    partial void LogNotWritten(Exception failure, string saga, Guid sagaId);
}
