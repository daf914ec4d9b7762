using Dovetail.Bus.Configuration;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Tests.Conformance;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Tests.Pipeline;

[TestClass]
public sealed class StepPlanTests
{
    readonly EndpointSettings _settings = new("Sales");

    PipelineSettings Pipeline => _settings.Pipeline;

    [Scenario(62)]
    [TestMethod]
    public void Two_steps_of_one_id_are_refused_and_both_are_named()
    {
        Pipeline.Register("tenant", typeof(Blue), "");
        Pipeline.Register("tenant", new Red(), "");

        var refusal = Refused();
        StringAssert.Contains(refusal, nameof(Blue));
        StringAssert.Contains(refusal, nameof(Red));
    }

    [TestMethod]
    public void A_step_without_an_id_is_named_after_its_class()
    {
        Pipeline.Register<Blue>("");
        Pipeline.Register(new Red(), "");
        Pipeline.Register(_ => new Green(), "");

        CollectionAssert.AreEqual(new[] { "Blue", "Red", "Green", "MutateIncomingMessages", "LoadHandlersConnector" }, Order());
    }

    [TestMethod]
    public void Unknown_neighbours_are_refused_unless_they_need_not_be_there()
    {
        Pipeline.Register(new Placed("blue", step => step.InsertAfterIfExists("nobody")));
        _ = new StepPlan(_settings);

        Pipeline.Register(new Placed("red", step => step.InsertBefore("nobody")));
        StringAssert.Contains(Refused(), "'red'");
        StringAssert.Contains(Refused(), "'nobody'");
    }

    [TestMethod]
    public void A_neighbour_of_another_stage_is_unknown()
    {
        Pipeline.Register(new Placed("blue", step => step.InsertBefore("AuditProcessedMessage")));

        StringAssert.Contains(Refused(), nameof(IIncomingLogicalMessageContext));
    }

    [TestMethod]
    public void Steps_come_in_the_order_of_registration_around_the_engine_s_unless_they_ask_for_another_place()
    {
        Pipeline.Register(new Placed("innermost", step => step.InsertAfter("MutateIncomingMessages")));
        Pipeline.Register("b", typeof(Blue), "");
        Pipeline.Register("c", typeof(Red), "");
        Pipeline.Register(new Placed("a", step => step.InsertBefore("b")));
        Pipeline.Register(new Placed("d", step =>
        {
            step.InsertAfter("b");
            step.InsertBeforeIfExists("MutateIncomingMessages");
        }));

        CollectionAssert.AreEqual(new[] { "a", "b", "c", "d", "MutateIncomingMessages", "innermost", "LoadHandlersConnector" }, Order());
    }

    [TestMethod]
    public void Wishes_that_go_in_a_circle_are_refused()
    {
        Pipeline.Register(new Placed("a", step => step.InsertBefore("b")));
        Pipeline.Register(new Placed("b", step => step.InsertBefore("a")));

        StringAssert.Contains(Refused(), "'a', 'b'");
    }

    [TestMethod]
    public void Nothing_comes_after_the_step_that_leads_to_the_next_stage()
    {
        Pipeline.Register(new Placed("a", step => step.InsertAfter("LoadHandlersConnector")));

        StringAssert.Contains(Refused(), "'LoadHandlersConnector'");
    }

    [TestMethod]
    public void What_replaces_takes_the_place_of_what_it_replaces_and_may_be_named_before()
    {
        Pipeline.Replace("a", typeof(Green));
        Pipeline.Register("a", typeof(Blue), "");
        Pipeline.Register("b", typeof(Red), "");

        var places = new StepPlan(_settings).Of(typeof(IIncomingLogicalMessageContext));
        Assert.AreEqual(typeof(Green), places[0].Behavior!.BehaviorType);
        Assert.AreEqual("b", places[1].Id);
    }

    [TestMethod]
    public void Only_what_is_there_and_is_of_the_same_stage_can_be_replaced()
    {
        Pipeline.Replace("a", typeof(Blue));
        StringAssert.Contains(Refused(), "'a'");

        Pipeline.Register("a", typeof(Elsewhere), "");
        StringAssert.Contains(Refused(), nameof(IIncomingPhysicalMessageContext));
    }

    [TestMethod]
    public void The_engine_s_own_steps_are_neither_replaced_nor_doubled()
    {
        Pipeline.RegisterOrReplace("MutateIncomingMessages", typeof(Blue));
        StringAssert.Contains(Refused(), "can't be replaced here");
    }

    [TestMethod]
    public void What_belongs_to_no_one_stage_is_refused()
    {
        Pipeline.Register<Connector>("");

        StringAssert.Contains(Refused(), nameof(Connector));
        Assert.ThrowsExactly<ArgumentException>(() => Pipeline.Register("text", typeof(string), ""));
    }

    string Refused() => Assert.ThrowsExactly<InvalidOperationException>(() => new StepPlan(_settings)).Message;

    string[] Order() => [.. new StepPlan(_settings).Of(typeof(IIncomingLogicalMessageContext)).Select(place => place.Id)];

    class Blue : Behavior<IIncomingLogicalMessageContext>
    {
        public override Task Invoke(IIncomingLogicalMessageContext context, Func<Task> next) => next();
    }

    sealed class Red : Blue;

    sealed class Green : Blue;

    sealed class Elsewhere : Behavior<IIncomingPhysicalMessageContext>
    {
        public override Task Invoke(IIncomingPhysicalMessageContext context, Func<Task> next) => next();
    }

    sealed class Connector : IBehavior<IIncomingPhysicalMessageContext, IIncomingLogicalMessageContext>
    {
        public Task Invoke(IIncomingPhysicalMessageContext context, Func<IIncomingLogicalMessageContext, Task> next) => Task.CompletedTask;
    }

    sealed class Placed : RegisterStep
    {
        public Placed(string id, Action<Placed> place) : base(id, typeof(Blue), "") => place(this);
    }
}
