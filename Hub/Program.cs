using System.CommandLine;
using Dovetail.Hub.Commands;
using Dovetail.Hub.Settings;

var root = new RootCommand("Dovetail joins shops, payments, loyalty, order management, delivery, CRM and manufacturing over one durable bus.");
RunCommand.Configure(root);
root.Subcommands.Add(DemoCommand.Create());
root.Subcommands.Add(SetupCommand.Create());
root.Subcommands.Add(KeysCommand.Create());
root.Subcommands.Add(ExplainCommand.Create());
root.Subcommands.Add(DoctorCommand.Create());
root.Subcommands.Add(ExportCommand.Create());
return await Complaint.OrElse(() => root.Parse(args).InvokeAsync(new InvocationConfiguration
{
    EnableDefaultExceptionHandler = false,
    ProcessTerminationTimeout = StopSettings.Longest + TimeSpan.FromSeconds(5),
}));
