namespace Dovetail.Endpoints.Tests;

/// <summary>The files of <c>deploy/</c> as others read them, who can't be run here. What is in them is held to the hub by the hub's own tests.</summary>
[TestClass]
public sealed class DeploymentFilesTests(TestContext test)
{
    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task Are_what_Compose_and_Kubernetes_understand() => await NpmScript.Passes("deploy.mjs", test.CancellationToken, ("FOLDER", Path.Combine(AppContext.BaseDirectory, "deploy")));
}
