using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Wire;

/// <summary>How messages belong together, on every transport and store. Derive one class for each pair.</summary>
public abstract class ConversationContract(TestContext test) : BusContract(test)
{
    [Scenario(32, 33, 37)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_chain_of_messages_has_one_conversation_one_correlation_and_each_its_parent()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.On<AskCommand>(async (_, context, notes) =>
            {
                notes.Write(new Arrived("", context.MessageId, context.MessageHeaders));
                await context.SendLocal(new AnswerMessage("x"));
            });
            sales.On<AnswerMessage>(async (_, context, notes) =>
            {
                notes.Write(new Arrived("", context.MessageId, context.MessageHeaders));
                await context.Publish(new OrderedEvent("A-1"));
            });
            sales.Hear<OrderedEvent>();
        });

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        var chain = (await scenario.Notes.Until<Arrived>(3, Cancellation)).Select(each => each.Headers).ToList();
        Assert.IsFalse(chain[0].ContainsKey(Headers.RelatedTo));
        Assert.AreEqual(chain[0][Headers.MessageId], chain[1][Headers.RelatedTo]);
        Assert.AreEqual(chain[1][Headers.MessageId], chain[2][Headers.RelatedTo]);
        foreach (var link in chain)
        {
            Assert.AreEqual(chain[0][Headers.ConversationId], link[Headers.ConversationId]);
            Assert.AreEqual(chain[0][Headers.MessageId], link[Headers.CorrelationId]);
        }
    }

    [Scenario(34)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow("mine"), DataRow(null)]
    public async Task A_conversation_that_begins_in_a_handler_remembers_the_one_before(string? name)
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await Start("Sales", sales => sales.On<AskCommand>((_, context, notes) =>
        {
            notes.Write(context.MessageHeaders[Headers.ConversationId]);
            var options = new SendOptions();
            options.SetDestination("Elsewhere");
            options.StartNewConversation(name);
            return context.Send(new AnswerMessage("x"), options);
        }));

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        var began = (await Next("Elsewhere")).Headers;
        var before = scenario.Notes.Of<string>().Single();
        Assert.AreEqual(before, began[Headers.PreviousConversationId]);
        Assert.AreNotEqual(before, began[Headers.ConversationId]);
        if (name is not null) Assert.AreEqual(name, began[Headers.ConversationId]);
    }

    [Scenario(35)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_can_not_set_the_conversation_by_its_header()
    {
        await using var scenario = await Start("Sales", sales => sales.On<AskCommand>((_, context, _) =>
        {
            var options = new SendOptions();
            options.RouteToThisEndpoint();
            options.SetHeader(Headers.ConversationId, "mine");
            return context.Send(new AnswerMessage("x"), options);
        }));

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], "StartNewConversation");
    }

    [Scenario(36)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Outside_a_handler_the_header_may_be_set_but_not_beside_a_new_conversation()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.CustomConversationIdStrategy(_ => ConversationId.Default);
            sales.Hear<AskCommand>();
        });
        var (named, both) = (new SendOptions(), new SendOptions());
        foreach (var options in new[] { named, both })
        {
            options.RouteToThisEndpoint();
            options.SetHeader(Headers.ConversationId, "mine");
        }
        both.StartNewConversation();

        await scenario.Session("Sales").Send(new AskCommand("x"), named, Cancellation);
        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        var heard = await scenario.Notes.Until<Arrived>(2, Cancellation);
        Assert.ContainsSingle(heard.Where(each => each.Headers[Headers.ConversationId] == "mine"));
        Assert.ContainsSingle(heard.Where(each => Guid.TryParse(each.Headers[Headers.ConversationId], out _)));
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => scenario.Session("Sales").Send(new AskCommand("x"), both, Cancellation));
    }
}
