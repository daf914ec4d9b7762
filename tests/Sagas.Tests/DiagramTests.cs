using System.Reflection;
using System.Text;
using Dovetail.Sagas.Notifications;
using Dovetail.Sagas.Orders;
using Dovetail.Sagas.Tasks;
using Dovetail.Sagas.Transitions;

namespace Dovetail.Sagas.Tests;

/// <summary>The diagrams in docs/sagas are drawn from what the sagas declare. After a change: run with DOVETAIL_APPROVE=1, look, commit.</summary>
[TestClass]
public sealed class DiagramTests
{
    static readonly string Folder = Path.Combine(
        typeof(DiagramTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!, "..", "..", "docs", "sagas");

    [TestMethod]
    public void The_order_is_drawn_as_it_is_declared() => IsDrawn(
        "order-fulfilment.md", nameof(OrderFulfilment), "Sagas/Orders/OrderSteps.cs", OrderSteps.Map, Step.NotBegun, [Step.Completed, Step.Cancelled],
        [Step.CancelShipment, Step.RefundPayment, Step.VoidPayment, Step.CancelOmsOrder, Step.ReleasePoints, Step.CancelModels, Step.Cancelled]);

    [TestMethod]
    public void The_task_is_drawn_as_it_is_declared() => IsDrawn(
        "human-task.md", nameof(HumanTask), "Sagas/Tasks/HumanTask.cs", HumanTask.Steps, TaskStep.NotOpened, [TaskStep.Answered, TaskStep.Closed, TaskStep.Unanswered], []);

    [TestMethod]
    public void The_notification_is_drawn_as_it_is_declared() => IsDrawn(
        "customer-notification.md", nameof(CustomerNotification), "Sagas/Notifications/CustomerNotification.cs", CustomerNotification.Steps, NotificationStep.NotBegun,
        [NotificationStep.Told, NotificationStep.Withheld, NotificationStep.NotReached], []);

    static void IsDrawn<TStep>(string file, string saga, string source, StepMap<TStep> map, TStep begin, TStep[] ends, TStep[] wayBack) where TStep : struct, Enum
    {
        var path = Path.Combine(Folder, file);
        var drawn = Page(saga, source, map, begin, ends, wayBack);
        if (Environment.GetEnvironmentVariable("DOVETAIL_APPROVE") == "1") File.WriteAllText(path, drawn);

        Assert.AreEqual(File.ReadAllText(path), drawn, $"{saga} declares other steps than {path} shows. Run again with DOVETAIL_APPROVE=1, look at the diagram, and commit it.");
    }

    static string Page<TStep>(string saga, string source, StepMap<TStep> map, TStep begin, TStep[] ends, TStep[] wayBack) where TStep : struct, Enum
    {
        bool IsBack(TStep step) => wayBack.Contains(step);
        string Name(TStep step) => step.Equals(begin) ? "[*]" : step.ToString();
        var there = map.All.Where(step => !IsBack(step.From)).ToList();
        var page = new StringBuilder().Append(
            $"# {saga}, step by step\n\n" +
            $"Drawn by a test from the steps that `{source}` declares, and that the saga is held to: it goes no others.\n\n" +
            "```mermaid\nstateDiagram-v2\n");

        foreach (var step in there.Where(step => !IsBack(step.To))) page.Append($"  {Name(step.From)} --> {step.To} : {step.Because}\n");
        if (wayBack.Length > 0)
        {
            // One arrow from each step: with which step the way back begins is in the table.
            foreach (var step in there.Where(step => IsBack(step.To)).DistinctBy(step => step.From)) page.Append($"  {Name(step.From)} --> Back : {step.Because}\n");
            page.Append("  state \"The way back\" as Back {\n");
            foreach (var step in map.All.Where(step => IsBack(step.From) && IsBack(step.To))) page.Append($"    {step.From} --> {step.To} : {step.Because}\n");
            foreach (var end in ends.Where(IsBack)) page.Append($"    {end} --> [*]\n");
            page.Append("  }\n");
            foreach (var step in map.All.Where(step => IsBack(step.From) && !IsBack(step.To))) page.Append($"  {step.From} --> {step.To} : {step.Because}\n");
        }
        foreach (var end in ends.Where(end => !IsBack(end))) page.Append($"  {end} --> [*]\n");

        page.Append("```\n\n| from | why | to |\n|---|---|---|\n");
        foreach (var steps in map.All.GroupBy(step => (step.From, step.Because))) page.Append($"| {steps.Key.From} | {steps.Key.Because} | {string.Join(", ", steps.Select(step => step.To))} |\n");
        return page.ToString();
    }
}
