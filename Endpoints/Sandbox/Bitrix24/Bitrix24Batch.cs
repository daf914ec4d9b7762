using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>Up to fifty commands in one request; a later one may use what an earlier one answered: <c>$result[name][ID]</c>.</summary>
static partial class Bitrix24Batch
{
    const int MostCommands = 50;

    public static JsonObject Run(JsonObject parameters, Func<string, JsonObject, (int Status, JsonObject Body)> execute)
    {
        var halts = Bitrix24Entities.Text(parameters["halt"]) is not ("" or "0" or "N");
        JsonObject results = [], errors = [], totals = [], nexts = [], times = [];
        foreach (var (name, command) in Commands(parameters["cmd"]).Take(MostCommands))
        {
            var parts = Reference.Replace(command, reference => Resolve(reference, results)).Split('?', 2);
            var (status, body) = parts[0].Equals("batch", StringComparison.OrdinalIgnoreCase)
                ? (405, new JsonObject { ["error"] = "ERROR_BATCH_METHOD_NOT_ALLOWED", ["error_description"] = "Method is not allowed for batch usage" })
                : execute(parts[0], Bitrix24Parameters.Read(parts.ElementAtOrDefault(1) ?? ""));

            if (status == 200)
            {
                foreach (var (member, into) in new[] { ("result", results), ("total", totals), ("next", nexts), ("time", times) })
                {
                    if (body.ContainsKey(member))
                        into[name] = body[member]?.DeepClone();
                }

                continue;
            }

            errors[name] = body;
            if (halts)
                break;
        }

        return new()
        {
            ["result"] = results, ["result_error"] = errors, ["result_total"] = totals, ["result_next"] = nexts, ["result_time"] = times,
        };
    }

    static IEnumerable<(string Name, string Command)> Commands(JsonNode? commands) => commands switch
    {
        JsonObject named => named.Select(command => (command.Key, Bitrix24Entities.Text(command.Value))),
        JsonArray listed => listed.Select((command, index) => ($"{index}", Bitrix24Entities.Text(command))),
        _ => [],
    };

    static string Resolve(Match reference, JsonObject results)
    {
        JsonNode? node = results;
        foreach (Capture step in reference.Groups[1].Captures)
            node = node is JsonArray list ? list.ElementAtOrDefault((int)Bitrix24Entities.Number(step.Value)) : (node as JsonObject)?[step.Value];
        return Uri.EscapeDataString(Bitrix24Entities.Text(node));
    }

    [GeneratedRegex(@"\$result(?:\[([^\]]+)\])+")]
    static partial Regex Reference { get; }
}
