using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class LeversTests
{
    readonly Levers _levers = new(Options.Create(new SandboxOptions { Seed = 1 }));

    [TestMethod]
    public void A_lever_is_used_up_after_its_times()
    {
        _levers.Pull(new("mail", LeverEffect.FailBefore, Times: 2));

        Assert.IsNotNull(Take("mail", "any"));
        Assert.IsNotNull(Take("mail", "any"));
        Assert.IsNull(Take("mail", "any"));
        Assert.IsEmpty(_levers.All());
    }

    [TestMethod]
    public void A_lever_without_times_stays_until_it_is_released()
    {
        _levers.Pull(new("mail", LeverEffect.FailBefore));
        for (var n = 0; n < 10; n++)
            Assert.IsNotNull(Take("mail", "any"));

        _levers.Release();

        Assert.IsNull(Take("mail", "any"));
    }

    [TestMethod]
    public void A_lever_for_one_order_leaves_the_others_alone()
    {
        _levers.Pull(new("mail", LeverEffect.FailBefore, Match: "A-1"));

        Assert.IsNull(Take("mail", "order A-2"));
        Assert.IsNotNull(Take("mail", "order A-1"));
    }

    [TestMethod]
    public void A_lever_for_one_call_leaves_the_other_calls_alone()
    {
        _levers.Pull(new("yookassa", LeverEffect.FailBefore, Call: "post /yookassa/v3/payments"));

        Assert.IsNull(_levers.Take("yookassa", "GET /yookassa/v3/payments", "", LeverEffect.FailBefore));
        Assert.IsNotNull(_levers.Take("yookassa", "POST /yookassa/v3/payments", "", LeverEffect.FailBefore));
    }

    [TestMethod]
    public void A_lever_leaves_other_systems_and_effects_alone()
    {
        _levers.Pull(new("mail", LeverEffect.Refuse));

        Assert.IsNull(Take("cdek", "any"));
        Assert.IsNull(Take("mail", "any"));
    }

    [TestMethod]
    public void A_lever_with_a_chance_works_about_as_often_as_it_says()
    {
        _levers.Pull(new("mail", LeverEffect.FailBefore, Chance: 0.1));

        var felt = Enumerable.Range(0, 1000).Count(_ => Take("mail", "A-1") is not null);

        Assert.IsInRange(60, 140, felt);
        Assert.ContainsSingle(_levers.All());
    }

    Lever? Take(string system, string text) => _levers.Take(system, "SEND", text, LeverEffect.FailBefore);
}
