using System.ComponentModel;
using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Expressions;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("00:00:30", "00:00:30")]
    [InlineData("24:00:00", "1.00:00:00")]
    [InlineData("100:00:00", "4.04:00:00")]
    [InlineData("1.00:00:00", "1.00:00:00")]
    [InlineData("1:00:00:00", "1.00:00:00")]
    [InlineData("60.23:59:59.9999999", "60.23:59:59.9999999")]
    [InlineData("00:00:00.5", "00:00:00.5000000")]
    [InlineData("10:30", "10:30:00")]
    [InlineData("1.10:30", "1.10:30:00")]
    [InlineData("-00:01:00", "-00:01:00")]
    [InlineData(" 0:0:5 ", "00:00:05")]
    [InlineData("10675199.02:48:05.4775807", "10675199.02:48:05.4775807")]
    [InlineData("10675199.02:48:05.4775808", null)]
    [InlineData("99999999.00:00:00", null)]
    [InlineData("5", null)]
    [InlineData("5.", null)]
    [InlineData("30:00", null)]
    [InlineData("1.24:00:00", null)]
    [InlineData("00:60:00", null)]
    [InlineData("00:00:60", null)]
    [InlineData("00:00:00.12345678", null)]
    [InlineData("\u0661:00:00", null)]
    [InlineData("00:00:30\0", null)]
    [InlineData("1d", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_duration_is_read_in_one_way(string? text, string? expected) =>
        Assert.Equal(expected, Durations.TryParse(text, out var duration) ? duration.ToString("c") : null);

    [Theory]
    [InlineData("24:00:00", "1.00:00:00")]
    [InlineData("00:00:00.500", "00:00:00.5000000")]
    public void Settings_are_read_the_same_way(string text, string expected)
    {
        Durations.UseInSettings();
        Assert.Equal(expected, ((TimeSpan)TypeDescriptor.GetConverter(typeof(TimeSpan)).ConvertFromInvariantString(text)!).ToString("c"));
    }

    [Fact]
    public void A_bare_number_is_no_setting()
    {
        Durations.UseInSettings();
        var refused = Assert.ThrowsAny<FormatException>(() =>
            TypeDescriptor.GetConverter(typeof(TimeSpan)).ConvertFromInvariantString("30"));
        Assert.Equal("'30' is no duration. Give hours, minutes and seconds such as 00:00:30; 24:00:00 and 1.00:00:00 are a day.",
            refused.Message);
    }

    [Theory]
    [InlineData("24:00:00", "1.00:00:00")]
    [InlineData("30", null)]
    public void A_retry_policy_is_read_the_same_way(string timeout, string? expected)
    {
        var document = Chart.Workflow(new JsonObject
        {
            ["id"] = "A", ["type"] = "Elsa.WriteLine",
            ["customProperties"] = new JsonObject { ["retryPolicy"] = new JsonObject { ["timeout"] = timeout } },
        });
        var problems = DefinitionValidator.Validate(document, ControlActivities.NewRegistry());
        if (expected is null) Assert.Equal("activity.bad_retry_policy", Assert.Single(problems).Code);
        else Assert.Equal(expected, WorkflowDefinition.Parse(document, ControlActivities.NewRegistry()).Root.RetryPolicy.Timeout?.ToString("c"));
    }
}
