using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class SigningKeyTests
{
    [TestMethod]
    public void Processes_that_start_at_the_same_moment_on_a_new_folder_trust_each_other()
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var folder = Directory.CreateTempSubdirectory("dovetail-key-");
            try
            {
                using var start = new Barrier(8);
                var keys = new string?[8];
                var starting = Enumerable.Range(0, keys.Length).Select(number => new Thread(() =>
                {
                    start.SignalAndWait();
                    using var configuration = HubConfiguration.Read([new("Hub:Folder", folder.FullName)]);
                    keys[number] = configuration[HubConfiguration.SigningKeySetting];
                })).ToList();
                starting.ForEach(thread => thread.Start());
                starting.ForEach(thread => thread.Join());

                Assert.ContainsSingle(keys.Distinct());
                Assert.AreEqual(64, keys[0]!.Length);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }
}
