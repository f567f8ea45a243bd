using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Orchestrator.Workflows.Reruns;

/// <summary>
/// Identifies everything that a plan depends on: a hash of each part, so that a later check can name the changed parts although the plan is
/// not kept.
/// </summary>
static class PlanToken
{
    const string Form = "1.";
    const int BytesOfPart = 6;

    public static string Of(RerunPlan plan, SourceRun source, IReadOnlyDictionary<string, JsonElement> inputs, string checksum) =>
        Form + Base64Url.EncodeToString([.. Parts(plan, source, inputs, checksum).SelectMany(part => SHA256.HashData(Encoding.UTF8.GetBytes(part.Content)).Take(BytesOfPart))]);

    /// <summary>Returns the changes since a token was issued, in words; empty if there are none.</summary>
    public static IReadOnlyList<string> ChangedSince(
        string token, RerunPlan plan, SourceRun source, IReadOnlyDictionary<string, JsonElement> inputs, string checksum)
    {
        var now = Of(plan, source, inputs, checksum);
        if (token == now) return [];
        var parts = Parts(plan, source, inputs, checksum).ToList();
        if (Decode(token) is not { } before || before.Length != parts.Count * BytesOfPart) return ["the token is of another definition, or of no plan"];
        var after = Decode(now)!;
        return [.. parts.Where((_, index) => !before.AsSpan(index * BytesOfPart, BytesOfPart).SequenceEqual(after.AsSpan(index * BytesOfPart, BytesOfPart))).Select(part => part.Words)];
    }

    static IEnumerable<(string Words, string Content)> Parts(RerunPlan plan, SourceRun source, IReadOnlyDictionary<string, JsonElement> inputs, string checksum)
    {
        yield return ("the token is of another request", $"{plan.RunId} {plan.Kind} {plan.Activity}");
        yield return ($"run {plan.RunId} is now {source.State.Status}", string.Create(CultureInfo.InvariantCulture, $"{source.State.Status} {source.State.Sequence}"));
        yield return (string.Create(CultureInfo.InvariantCulture, $"the definition is another one now: version {plan.Version}"), checksum);
        yield return ("the inputs are others", string.Join('\n', inputs.OrderBy(input => input.Key, StringComparer.Ordinal).Select(input => $"{input.Key}={input.Value.GetRawText()}")));
        foreach (var activity in plan.Activities)
        {
            yield return ($"'{activity.ActivityId}' {Words(activity.Verdict)} now: {activity.Why}",
                $"{activity.ActivityId} {activity.Verdict} {activity.Why} {activity.DependsOn} {activity.ReusedFrom} {activity.Note}");
            yield return ($"the code of '{activity.ActivityId}' is another one now: {activity.CodeVersion}", activity.CodeVersion ?? "");
        }
    }

    static string Words(RerunVerdict verdict) => verdict switch
    {
        RerunVerdict.Runs => "runs",
        RerunVerdict.Reused => "is reused",
        RerunVerdict.Depends => "depends",
        RerunVerdict.NotReached => "is not reached",
        _ => "",
    };

    static byte[]? Decode(string token) =>
        token.StartsWith(Form, StringComparison.Ordinal) && Base64Url.IsValid(token.AsSpan(Form.Length)) ? Base64Url.DecodeFromChars(token.AsSpan(Form.Length)) : null;
}
