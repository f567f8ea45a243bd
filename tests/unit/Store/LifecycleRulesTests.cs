using System.Text.Json;

namespace Orchestrator.Tests.Unit.Store;

/// <summary>The lifecycle rules that are shipped for AWS take nothing that a materialization may refer to.</summary>
public sealed class LifecycleRulesTests
{
    // What may stand in a rule beside its name, state and filter (https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html).
    static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["AbortIncompleteMultipartUpload"] = ["DaysAfterInitiation"],
        ["NoncurrentVersionExpiration"] = ["NoncurrentDays"],
        // Of a marker without versions behind it; "Days" and "Date" would take current objects.
        ["Expiration"] = ["ExpiredObjectDeleteMarker"],
    };

    static readonly JsonElement Rules = JsonElement.Parse(File.ReadAllText(Path.Combine(Repository.Root, "activities", "Store", "S3", "lifecycle.json"))).GetProperty("Rules");

    [Fact]
    public void No_rule_expires_or_moves_a_current_object()
    {
        foreach (var rule in Rules.EnumerateArray())
        {
            Assert.Equal(("Enabled", "PREFIX/"), (rule.GetProperty("Status").GetString(), rule.GetProperty("Filter").GetProperty("Prefix").GetString()));
            foreach (var action in rule.EnumerateObject().Where(part => part.Name is not ("ID" or "Status" or "Filter")))
                Assert.Equal(Allowed[action.Name], action.Value.EnumerateObject().Select(part => part.Name));
        }
    }

    [Fact]
    public void Uploads_that_never_ended_go_after_a_week() =>
        Assert.Equal(7, Assert.Single(Rules.EnumerateArray(), rule => rule.TryGetProperty("AbortIncompleteMultipartUpload", out _)).GetProperty("AbortIncompleteMultipartUpload").GetProperty("DaysAfterInitiation").GetInt32());
}
