namespace Dovetail.Architecture.Tests;

[TestClass]
public sealed class HandlerTests
{
    [TestMethod]
    public void Are_there() => Assert.IsNotEmpty(Handlers.All, "Neither Sagas nor Endpoints has a handler, so the rules about handlers would hold for nothing.");

    [TestMethod]
    public void Are_sealed_and_internal() =>
        new Rule(
            "nobody but the bus calls a handler, and nobody derives from it: it is sealed and internal, and the endpoint's public Configure registers it.",
            "Declare it as `sealed class`, without `public`.")
        .HoldsWithout(Handlers.All.Where(handler => !handler.IsSealed || handler.IsVisible).Select(handler => handler.FullName!));
}
