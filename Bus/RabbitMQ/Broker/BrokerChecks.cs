using System.Text.Json;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.RabbitMQ.Broker;

/// <summary>Whether the broker can keep what is promised here. Asked once, before anything else is.</summary>
sealed class BrokerChecks(RabbitMQTransport settings, TimeProvider time, ILogger logger)
{
    static readonly Version Oldest = new(3, 10);

    bool _passed;

    bool AsksVersion => !settings.DisabledBrokerRequirementChecks.HasFlag(BrokerRequirementChecks.Version310OrNewer);

    bool AsksStreams => !settings.DisabledBrokerRequirementChecks.HasFlag(BrokerRequirementChecks.StreamsEnabled);

    /// <exception cref="InvalidOperationException">It can't; the text says what to do.</exception>
    public async Task Pass(CancellationToken cancellation)
    {
        if (_passed || (!AsksVersion && !AsksStreams)) return;
        using var api = new ManagementApi(settings);
        await Ask(api, Check, cancellation);
        _passed = true;
    }

    /// <summary>Sees to it that a queue that is read here drops nothing that was returned too often.</summary>
    /// <exception cref="InvalidOperationException">It would; the text says what to do.</exception>
    public async Task CheckQueue(string queue, CancellationToken cancellation)
    {
        if (!settings.ValidateDeliveryLimits) return;
        using var api = new ManagementApi(settings);
        await Ask(api, (asked, token) => new DeliveryLimits(asked, time, logger).Check(queue, token), cancellation);
    }

    async Task Check(ManagementApi api, CancellationToken cancellation)
    {
        var overview = await api.Overview(cancellation) ?? throw new InvalidOperationException($"At {api.Url} something answers that is not RabbitMQ's management API. Mend ManagementApiConfiguration.");
        if (AsksVersion && overview.Version is { } version && version < Oldest)
        {
            throw new InvalidOperationException(
                $"RabbitMQ at {settings.Address} is version {version}, and {Oldest} or newer is needed: older ones can lose delayed messages on their way from queue to queue. Update the broker.");
        }
        if (!AsksStreams) return;
        var flags = await api.FeatureFlags(cancellation);
        if (flags?.Find(flag => flag.Name == "stream_queue") is { State: "enabled" }) return;

        // From version 4 on the flag is a matter of course, and some do not list it any more.
        if (overview.Version is { Major: >= 4 } && flags?.Exists(flag => flag.Name == "stream_queue") != true) return;
        throw new InvalidOperationException(
            $"RabbitMQ at {settings.Address} has its feature flag stream_queue switched off, without which delayed messages can get lost. Run `rabbitmqctl enable_feature_flag stream_queue` on one of its nodes.");
    }

    static async Task Ask(ManagementApi api, Func<ManagementApi, CancellationToken, Task> question, CancellationToken cancellation)
    {
        try
        {
            await question(api, cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && failure is HttpRequestException or JsonException or OperationCanceledException)
        {
            var refused = failure is HttpRequestException { StatusCode: System.Net.HttpStatusCode.Unauthorized or System.Net.HttpStatusCode.Forbidden };
            throw new StoreAwayException(refused
                ? $"RabbitMQ's management API at {api.Url} refused the user. Give it the tag 'monitoring' ('policymaker' where delivery limits are to be lifted), name another in ManagementApiConfiguration, or switch the checks off: DisabledBrokerRequirementChecks, ValidateDeliveryLimits"
                : $"RabbitMQ's management API at {api.Url} can't be asked whether the broker is suitable. Run `rabbitmq-plugins enable rabbitmq_management`, say in ManagementApiConfiguration where it is, or switch the checks off: DisabledBrokerRequirementChecks, ValidateDeliveryLimits", failure);
        }
    }
}
