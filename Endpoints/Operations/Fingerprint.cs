using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dovetail.Endpoints.Operations;

/// <summary>What a command asks for, as a short string: two commands under one operation id must have the same.</summary>
public static class Fingerprint
{
    // A field that a later version adds to the command, and that the sender left out, changes nothing about what was asked.
    static readonly JsonSerializerOptions WhatIsSet = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    public static string Of<TCommand>(TCommand command) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(command, WhatIsSet)));
}
