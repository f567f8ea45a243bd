using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Checks how the activities of a container follow each other.</summary>
static class FlowchartChecks
{
    /// <summary>
    /// Checks that both ends of every connection and every outcome exist, and that every activity is reached. Loops are legal.
    /// </summary>
    public static void Check(ActivityNode flowchart, ProblemList problems)
    {
        var children = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        foreach (var child in flowchart.Children) children.TryAdd(child.Id, child);
        var cursor = DefinitionValidator.Quiet(new(flowchart.Json, flowchart.Path, problems));
        foreach (var connection in cursor.Objects("connections"))
        {
            if (problems.IsFull) return;
            CheckEnd(connection, "source", children, problems);
            CheckEnd(connection, "target", children, problems);
        }
        CheckReached(flowchart, problems);
    }

    /// <summary>Checks that nothing follows an activity that ends the run or the sequence.</summary>
    public static void CheckSequence(ActivityNode sequence, ProblemList problems)
    {
        var end = sequence.Children.FirstOrDefault(child => child.Descriptor?.IsTerminal is true);
        if (end is null) return;
        foreach (var child in sequence.Children.SkipWhile(child => child != end).Skip(1))
            problems.Add(child.Path, DefinitionProblemCodes.Unreachable, $"'{JsonCursor.Shorten(child.Id)}' is never reached, because '{JsonCursor.Shorten(end.Id)}' ({end.Type}) before it ends the sequence. Move or remove one of them.");
    }

    static void CheckEnd(JsonCursor connection, string name, Dictionary<string, ActivityNode> children, ProblemList problems)
    {
        if (ConnectionEnd.Find(connection, name) is not { } end)
        {
            if (connection.Any(name) is null) problems.Add(connection.PathOf(name), DefinitionProblemCodes.MissingProperty, $"'{name}' is missing. Give the activity that the connection {Verb(name)}.");
            return;
        }
        var place = end.Owner.PathOf(end.ActivityProperty);
        if (end.ActivityId is not { Length: > 0 } id)
        {
            if (end.Owner.Any(end.ActivityProperty) is null or { ValueKind: JsonValueKind.String })
                problems.Add(place, DefinitionProblemCodes.MissingProperty, $"'{end.ActivityProperty}' is missing. Give the id of the activity that the connection {Verb(name)}.");
        }
        else if (!children.TryGetValue(id, out var activity))
        {
            problems.Add(place, DefinitionProblemCodes.MissingActivity,
                $"The connection {Verb(name)} '{JsonCursor.Shorten(id)}', which is not in this flowchart.{Suggestion.For(id, children.Keys, "In it are")}");
        }
        else if (name is "source") CheckOutcome(end, activity, problems);
        else if (end.Port is { } port and not "In")
            problems.Add(end.Owner.PathOf(end.PortProperty), DefinitionProblemCodes.UnknownPort, $"'{JsonCursor.Shorten(id)}' has no port '{JsonCursor.Shorten(port)}' to lead to. Use 'In'.");
    }

    static void CheckOutcome(ConnectionEnd source, ActivityNode activity, ProblemList problems)
    {
        var port = source.Port ?? "Done";
        if (activity.Outcomes is not { } outcomes || outcomes.Contains(port, StringComparer.Ordinal)) return;
        problems.Add(source.Owner.PathOf(source.PortProperty), DefinitionProblemCodes.UnknownPort, outcomes.Count == 0
            ? $"Nothing can follow '{JsonCursor.Shorten(activity.Id)}' ({activity.Type}). Remove the connection."
            : $"'{JsonCursor.Shorten(activity.Id)}' ({activity.Type}) has no outcome '{JsonCursor.Shorten(port)}'. Its outcomes are: {string.Join(", ", outcomes)}.");
    }

    static void CheckReached(ActivityNode flowchart, ProblemList problems)
    {
        var graph = FlowGraph.Of(flowchart);
        if (graph.Entry is null) return;
        var reached = new HashSet<string>([graph.Entry.Id], StringComparer.Ordinal);
        var outbound = flowchart.Connections.ToLookup(connection => connection.Source.Id, StringComparer.Ordinal);
        var open = new Stack<string>([graph.Entry.Id]);
        while (open.TryPop(out var id))
            foreach (var connection in outbound[id])
                if (reached.Add(connection.Target.Id)) open.Push(connection.Target.Id);
        foreach (var child in flowchart.Children)
            if (!reached.Contains(child.Id))
                problems.Add(child.Path, DefinitionProblemCodes.Unreachable,
                    $"'{JsonCursor.Shorten(child.Id)}' is never reached from '{JsonCursor.Shorten(graph.Entry.Id)}', where the flowchart begins. Connect it or remove it.");
    }

    static string Verb(string end) => end is "source" ? "starts at" : "leads to";
}
