using System.Text;
using System.Text.Json;

namespace Orchestrator.Workflows.Values;

/// <summary>The place of a value in a JSON document, such as <c>$.root.activities[3].rows</c>.</summary>
public sealed class JsonPath
{
    readonly JsonPath? parent;
    readonly string? name;
    readonly int position;
    readonly int depth;

    JsonPath(JsonPath? parent, string? name, int position)
    {
        this.parent = parent;
        this.name = name;
        this.position = position;
        depth = parent is null ? 0 : parent.depth + 1;
    }

    /// <summary>The document itself, <c>$</c>.</summary>
    public static JsonPath Root { get; } = new(null, null, 0);

    /// <summary>Sorts paths of one document in reading order; a container comes before its contents.</summary>
    public static Comparer<JsonPath> DocumentOrder { get; } = Comparer<JsonPath>.Create(Compare);

    /// <summary>Returns the path of a property of the object at this path; a missing one sorts after those that exist.</summary>
    /// <param name="container">The object at this path, which gives the property's position.</param>
    public JsonPath Property(JsonElement container, string property)
    {
        var place = 0;
        if (container.ValueKind == JsonValueKind.Object)
            foreach (var candidate in container.EnumerateObject())
            {
                if (candidate.NameEquals(property)) return new(this, property, place);
                place++;
            }
        return new(this, property, int.MaxValue);
    }

    /// <summary>Returns the path of an element of the array at this path, from 0.</summary>
    public JsonPath Item(int index) => new(this, null, index);

    /// <inheritdoc/>
    public override string ToString()
    {
        var steps = new Stack<JsonPath>();
        for (var step = this; step.parent is not null; step = step.parent) steps.Push(step);
        var text = new StringBuilder("$");
        foreach (var step in steps)
        {
            if (step.name is null) text.Append('[').Append(step.position).Append(']');
            else if (IsPlain(step.name)) text.Append('.').Append(step.name);
            else text.Append("['").Append(step.name.Replace("\\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)).Append("']");
        }
        return text.ToString();
    }

    static int Compare(JsonPath first, JsonPath second)
    {
        var (left, right) = (first, second);
        while (left.depth > right.depth) left = left.parent!;
        while (right.depth > left.depth) right = right.parent!;
        var order = first.depth.CompareTo(second.depth);
        for (; left.parent is not null && !ReferenceEquals(left, right); left = left.parent!, right = right.parent!)
        {
            var here = left.position.CompareTo(right.position);
            if (here == 0) here = string.CompareOrdinal(left.name, right.name);
            if (here != 0) order = here;
        }
        return order;
    }

    static bool IsPlain(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '$');
}
