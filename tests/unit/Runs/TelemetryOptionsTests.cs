using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class TelemetryOptionsTests
{
    const string Traced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public void A_trace_has_an_address_where_it_was_recorded_and_somebody_said_where_traces_are()
    {
        var options = new TelemetryOptions { TraceUrlTemplate = "http://localhost:16686/trace/{traceId}" };
        Assert.Equal("http://localhost:16686/trace/0af7651916cd43dd8448eb211c80319c", options.TraceAddress(Traced)?.ToString());
        Assert.Null(options.TraceAddress(Traced[..^1] + "0"));
        Assert.Null(options.TraceAddress(null));
        Assert.Null(new TelemetryOptions().TraceAddress(Traced));
    }

    [Theory]
    [InlineData("http://localhost/trace/{traceId}", true)]
    [InlineData("http://localhost/trace/", false)]
    [InlineData("javascript:alert('{traceId}')", false)]
    [InlineData("/trace/{traceId}", false)]
    public void A_template_is_an_address_with_a_place_for_the_id(string template, bool isValid) =>
        Assert.Equal(isValid, new TelemetryOptionsValidator().Validate(null, new() { TraceUrlTemplate = template }).Succeeded);
}
