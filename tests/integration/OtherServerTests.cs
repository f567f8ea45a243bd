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
            await context.Response.WriteAsync(content, context.RequestAborted);
        });
        await other.StartAsync(TestContext.Current.CancellationToken);
        var address = new Uri(other.Urls.First());
        var (output, error) = (new StringWriter(), new StringWriter());

        var code = await OrchestratorCommand.InvokeAsync(["pools", "list", "--server", $"{address}"],
            new(output, error, IsInteractive: false, TimeProvider.System), EngineParts.Embedded, TestContext.Current.CancellationToken);

        Assert.NotEqual(ExitCodes.Succeeded, code);
        Assert.Contains($"No Orchestrator answers at {address.GetLeftPart(UriPartial.Authority)}, or one of another version: "
            + $"{why.Replace("{0}", $"{address}", StringComparison.Ordinal)}. "
            + "Give the address of one with --server, or leave it out.", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("mistake in the program", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[{\"rank\":1,\"customerId\":\"C1\",\"totalPurchaseCost\":1.5,\"sales\":1}]",
        "The sales of 2026-10 name no sales person. 'orchestrator marts top-customers --month 2026-10' shows its customers.")]
    [InlineData("[]", "There are no sales of 2026-10. 'orchestrator assets show fact_sales' lists the months that have some.")]
    public async Task A_month_without_sales_people_is_told_from_one_without_sales(string customers, string said)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.MapGet("/api/v1/marts/top-customers", () => Answer(customers));
        server.MapGet("/api/v1/marts/top-sales-people", () => Answer("[]"));
        await server.StartAsync(TestContext.Current.CancellationToken);
        var (output, error) = (new StringWriter(), new StringWriter());

        var code = await OrchestratorCommand.InvokeAsync(
            ["marts", "top-sales-people", "--month", "2026-10", "--server", server.Urls.First()],
            new(output, error, IsInteractive: false, TimeProvider.System), EngineParts.Embedded, TestContext.Current.CancellationToken);

        Assert.True(code == ExitCodes.Succeeded, $"{error}");
        Assert.Equal(said, output.ToString().Trim());

        static IResult Answer(string places) => Results.Text($$"""{"month":"2026-10","places":{{places}}}""", "application/json");
    }
}
