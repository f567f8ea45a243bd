using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>Activities that ask for something and hold what follows the answer.</summary>
public sealed class AnswerTests
{
    static readonly string Asks = Chart.Workflow(Chart.Sequence("S1", new JsonObject
    {
        ["id"] = "Ask1",
        ["type"] = "Elsa.SendHttpRequest",
        ["expectedStatusCodes"] = new JsonArray(new JsonObject { ["statusCode"] = 200, ["activity"] = Chart.Activity("Job1") }, new JsonObject { ["statusCode"] = 404, ["activity"] = Chart.Activity("LineMissing") }),
        ["unmatchedStatusCode"] = Chart.Activity("LineOther"),
    }, Chart.Activity("LineNext")));

    [Theory]
    [InlineData("404", "Started S1,Started Ask1,Started LineMissing,Completed LineMissing,Completed Ask1,Started LineNext,Completed LineNext,Completed S1")]
    [InlineData("Unmatched status code", "Started S1,Started Ask1,Started LineOther,Completed LineOther,Completed Ask1,Started LineNext,Completed LineNext,Completed S1")]
    [InlineData("Timeout", "Started S1,Started Ask1,Completed Ask1,Started LineNext,Completed LineNext,Completed S1")]
    public void What_is_inside_for_the_outcome_follows_the_answer_wherever_the_journal_is_cut(string outcome, string expected)
    {
        var whole = Answered(new SimulatedRun(Asks).Advance(), outcome);
        Assert.Equal((expected, RunStatus.Succeeded), (string.Join(',', whole.Lines), whole.State.Status));
        Assert.Equal(7, whole.State[2].Outputs["Answer"].GetInt32());
        Assert.Equal([outcome, "Done"], whole.State[2].Outcomes);
        for (var cut = 1; cut < whole.Journal.Count; cut++)
        {
            var again = new SimulatedRun(Asks, whole.Journal.Take(cut)).Advance();
            if (again.Open.Any()) again = Answered(again, outcome);
            Assert.Equal(whole.Journal.Select(entry => RunEventJson.Write(entry.Event)), again.Journal.Select(entry => RunEventJson.Write(entry.Event)));
        }
    }

    [Fact]
    public void Nothing_else_begins_before_the_answer_and_inner_jobs_are_waited_for()
    {
        var run = new SimulatedRun(Chart.Workflow(new JsonObject { ["id"] = "P1", ["type"] = "Elsa.Parallel", ["activities"] = new JsonArray(JsonNode.Parse(Asks)!["root"]!.DeepClone(), Chart.Activity("LineBeside")) })).Advance();
        Assert.Equal(["Ask1"], run.Open);
        Assert.DoesNotContain("Started LineNext", run.Lines);
        run = Answered(run, "200");
        Assert.Equal(["Job1"], run.Open);
        Assert.Contains("Completed LineBeside", run.Lines);
        Assert.Equal(RunStatus.Succeeded, run.Complete("Job1").State.Status);
    }

    [Fact]
    public void A_failure_is_tried_again_and_then_fails_the_run()
    {
        var run = new SimulatedRun(Asks).Advance().Fail("Ask1", TimeSpan.FromSeconds(1));
        Assert.Equal(ActivityStatus.Retrying, run.State[2].Status);
        run.Record(new AttemptStarted(2, 2)).Advance().Fail("Ask1");
        Assert.Equal((RunStatus.Failed, ActivityStatus.Failed, 2), (run.State.Status, run.State[2].Status, run.State[2].Attempts.Count));
    }

    [Fact]
    public void Cancelling_ends_what_is_inside()
    {
        var run = Answered(new SimulatedRun(Asks).Advance(), "200").Cancel().End("Job1");
        Assert.Equal((RunStatus.Cancelled, ActivityStatus.Cancelled), (run.State.Status, run.State[2].Status));
    }

    static SimulatedRun Answered(SimulatedRun run, string outcome) => run.Record(new AttemptCompleted(
        run.NumberOf("Ask1"), [outcome, "Done"], new Dictionary<string, JsonElement> { ["Answer"] = JsonSerializer.SerializeToElement(7) })).Advance();
}
