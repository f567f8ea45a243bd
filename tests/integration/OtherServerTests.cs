using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Orchestrator.Server.CommandLine;

namespace Orchestrator.Tests.Integration;

/// <summary><c>--server</c> names something that answers and is no Orchestrator.</summary>
public sealed class OtherServerTests
{
    [Theory]
    [InlineData(200, "text/plain", "hello", "its answer to GET pools is none of its API")]
    [InlineData(200, "text/html; charset=klingon", "<html>", "its answer to GET pools is none of its API")]
    [InlineData(200, "application/json", "{\"status\":\"ok\"}", "its answer to GET pools is none of its API")]
    [InlineData(404, "text/plain", "not here", "{0}api/v1/pools was answered with 404")]
    [InlineData(502, "application/json", "[]", "{0}api/v1/pools was answered with 502")]
    public async Task It_is_said_that_no_orchestrator_answers_there(int status, string type, string content, string why)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var other = builder.Build();
        other.Urls.Add("http://127.0.0.1:0");
        other.MapFallback(async (HttpContext context) =>
        {
            (context.Response.StatusCode, context.Response.ContentType) = (status, type);
            await context.Response.WriteAsync(content);
        });
        await other.StartAsync(TestContext.Current.CancellationToken);
        var address = new Uri(other.Urls.First());
        var (output, error) = (new StringWriter(), new StringWriter());

        var code = await OrchestratorCommand.InvokeAsync(["pools", "list", "--server", $"{address}"],
            new(output, error, IsInteractive: false, TimeProvider.System), EngineParts.Embedded, TestContext.Current.CancellationToken);

        Assert.NotEqual(ExitCodes.Succeeded, code);
        Assert.Contains($"No Orchestrator answers at {address.GetLeftPart(UriPartial.Authority)}, or one of another version: {why.Replace("{0}", $"{address}", StringComparison.Ordinal)}. "
            + "Give the address of one with --server, or leave it out.", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("mistake in the program", error.ToString(), StringComparison.Ordinal);
    }
}
