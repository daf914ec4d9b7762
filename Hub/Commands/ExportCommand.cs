using System.CommandLine;
using Dovetail.Hub.Reference;

namespace Dovetail.Hub.Commands;

/// <summary>Writes down, for programs of others, what the hub speaks.</summary>
static class ExportCommand
{
    public static Command Create()
    {
        var file = new Option<FileInfo?>("--out") { Description = "The file to write to; without it the document goes to the console." };
        var contracts = new Command("contracts", "Every message with its meaning, sender, receivers and JSON schema, as an AsyncAPI 3 document.") { file };
        contracts.SetAction((parsed, cancellation) => Write(ContractsDocument.Write(), parsed.GetValue(file), cancellation));
        return new Command("export", "Writes documents that describe the hub.") { contracts };
    }

    static async Task Write(string document, FileInfo? file, CancellationToken cancellation)
    {
        if (file is null)
        {
            await Console.Out.WriteAsync(document.AsMemory(), cancellation);
            return;
        }
        await File.WriteAllTextAsync(file.FullName, document, cancellation);
        await Console.Error.WriteLineAsync($"Written to {file.FullName}.");
    }
}
