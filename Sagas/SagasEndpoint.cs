using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Sagas.Notifications;
using Dovetail.Sagas.Orders;
using Dovetail.Sagas.Tasks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Sagas;

/// <summary>The endpoint that runs the long processes: it decides what happens next and asks the other endpoints to do it.</summary>
public static class SagasEndpoint
{
    public const string Name = "Sagas";

    /// <summary>Who does what the sagas ask for: all commands in the namespace of the first are handled by the second.</summary>
    internal static readonly IReadOnlyList<(Type Command, string Endpoint)> Routes =
    [
        (typeof(RequestModelPrice), "Mes"),
        (typeof(PriceOrder), "Pricing"),
        (typeof(ReservePoints), "Loyalty"),
        (typeof(HoldPayment), "Payments"),
        (typeof(RegisterOrder), "Oms"),
        (typeof(BookShipment), "Delivery"),
        (typeof(SendLetter), "Notifications"),
        (typeof(OpenTask), Name),
    ];

    public static void Configure(EndpointConfiguration endpoint, RoutingSettings routing)
    {
        endpoint.AddSaga<OrderFulfilment>();
        endpoint.AddSaga<HumanTask>();
        endpoint.AddSaga<CustomerNotification>();
        foreach (var (command, destination) in Routes) routing.RouteToEndpoint(command.Assembly, command.Namespace!, destination);

        // The saga that decides how, before Notifications does it.
        routing.RouteToEndpoint(typeof(NotifyCustomer), Name);
    }

    /// <exception cref="OptionsValidationException">At start: deadlines are wrong; all of them are named.</exception>
    public static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        AddDeadlines<OrderDeadlines, OrderDeadlinesValidation>(services, configuration.GetSection(OrderDeadlines.Section));
        AddDeadlines<TaskDeadlines, TaskDeadlinesValidation>(services, configuration.GetSection(TaskDeadlines.Section));
        AddDeadlines<NotificationDeadlines, NotificationDeadlinesValidation>(services, configuration.GetSection(NotificationDeadlines.Section));
        services.AddSingleton<IValidateOptions<OrderDeadlines>, PatienceWithPeople>();
    }

    static void AddDeadlines<TDeadlines, TValidation>(IServiceCollection services, IConfigurationSection section)
        where TDeadlines : class
        where TValidation : class, IValidateOptions<TDeadlines>
    {
        services.AddSingleton<IValidateOptions<TDeadlines>, TValidation>();

        services.AddOptions<TDeadlines>().Configure(deadlines => Bind(section, deadlines)).ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<TDeadlines>>().Value);
    }

    static void Bind<TDeadlines>(IConfigurationSection section, TDeadlines deadlines) where TDeadlines : class
    {
        try
        {
            // A misspelt key would silently leave the default in force.
            section.Bind(deadlines, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException wrong)
        {
            // A fault of the settings like any other, so that it is told together with them.
            throw new OptionsValidationException(section.Path, typeof(TDeadlines), [$"{section.Path} can't be read: {wrong.Message}"]);
        }
    }
}
