using System.Text.Json;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.CommandLine;

/// <summary>Writer of results for programs: names and types are stable and match the API's answers.</summary>
public static class JsonOutput
{
    /// <summary>Writes a result with names such as <c>customerId</c>, statuses by name and decimals such as money as text.</summary>
    public static void Write<T>(TextWriter output, T result) => output.WriteLine(JsonSerializer.Serialize(result, ApiJson.Answers));
}
