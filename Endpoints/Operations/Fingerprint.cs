using System.Security.Cryptography;
using System.Text.Json;

namespace Dovetail.Endpoints.Operations;

/// <summary>What a command asks for, as a short string: two commands under one operation id must have the same.</summary>
public static class Fingerprint
{
    public static string Of<TCommand>(TCommand command) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(command)));
}
