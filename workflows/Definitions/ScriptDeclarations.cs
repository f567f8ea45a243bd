using System.Text;
using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Definitions;

/// <summary>TypeScript declarations of the functions that a script can call: the code editor uses them to complete and explain.</summary>
public static partial class ScriptDeclarations
{
    /// <summary>Function → its parameters and its result.</summary>
    internal static IReadOnlyDictionary<string, string> Functions { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["getWorkflowDefinitionId"] = "(): string",
        ["getWorkflowDefinitionVersionId"] = "(): string",
        ["getWorkflowDefinitionVersion"] = "(): number",
        ["getWorkflowInstanceId"] = "(): string",
        ["getCorrelationId"] = "(): string",
        ["setCorrelationId"] = "(value: string): void",
        ["getWorkflowInstanceName"] = "(): string",
        ["setWorkflowInstanceName"] = "(value: string): void",
        ["setVariable"] = "(name: string, value: any): void",
        ["getVariable"] = "(name: string): any",
        ["getInput"] = "(name: string): any",
        ["getOutputFrom"] = "(activityId: string, outputName?: string): any",
        ["getLastResult"] = "(): any",
        ["getSecret"] = "(name: string): string",
        ["isNullOrWhiteSpace"] = "(value: string): boolean",
        ["isNullOrEmpty"] = "(value: string): boolean",
        ["parseGuid"] = "(value: string): string",
        ["getShortGuid"] = "(): string",
        ["getGuid"] = "(): string",
        ["getGuidString"] = "(): string",
        ["toJson"] = "(value: any): string",
        ["bytesToString"] = "(value: number[]): string",
        ["bytesFromString"] = "(value: string): number[]",
        ["bytesToBase64"] = "(value: number[]): string",
        ["bytesFromBase64"] = "(value: string): number[]",
        ["stringFromBase64"] = "(value: string): string",
        ["stringToBase64"] = "(value: string): string",
    };

    /// <summary>
    /// Returns all functions that scripts of a definition can call: the ones above, and by name its variables, inputs and outputs of
    /// activities.
    /// </summary>
    public static string Of(WorkflowDefinition definition)
    {
        var text = new StringBuilder();
        foreach (var (name, signature) in Functions) Declare(name, signature);
        var declared = new HashSet<string>(Functions.Keys, StringComparer.Ordinal);
        var variables = definition.Variables.Concat(definition.Activities.Values.SelectMany(activity => activity.Variables)).DistinctBy(variable => variable.Name, StringComparer.Ordinal).ToList();
        foreach (var variable in variables.Where(variable => variable.Name.Length > 0))
        {
            var (capital, type) = ($"{char.ToUpperInvariant(variable.Name[0])}{variable.Name.AsSpan(1)}", TypeOf(variable.TypeName, variable.IsArray));
            Once($"get{capital}", $"(): {type}");
            Once($"set{capital}", $"(value: {type}): void");
        }
        foreach (var input in definition.Inputs) Once($"get{input.Name}", $"(): {TypeOf(input.TypeName, input.IsArray)}");
        foreach (var activity in definition.Activities.Values)
            foreach (var output in activity.Descriptor?.Outputs ?? [])
                Once($"get{output.Name}From{activity.Name ?? activity.Id}", $"(): {TypeOf(output.TypeName, isArray: false)}");
        var members = string.Join(' ', variables.Where(variable => Identifier().IsMatch(variable.Name)).Select(variable => $"{variable.Name}: {TypeOf(variable.TypeName, variable.IsArray)};"));
        return text.Append("declare const variables: { ").Append(members).Append(" [name: string]: any };\n").ToString();

        void Declare(string name, string signature) => text.Append("declare function ").Append(name).Append(signature).Append(";\n");

        void Once(string name, string signature)
        {
            if (Identifier().IsMatch(name) && declared.Add(name)) Declare(name, signature);
        }
    }

    static string TypeOf(string name, bool isArray)
    {
        var type = name switch
        {
            "String" or "Guid" or "DateTime" or "DateTimeOffset" or "DateOnly" or "TimeOnly" or "TimeSpan" or "Uri" => "string",
            "Boolean" => "boolean",
            "Byte" or "Int16" or "Int32" or "Int64" or "Single" or "Double" or "Decimal" => "number",
            "StringDictionary" => "{ [name: string]: string }",
            "ObjectDictionary" or "JsonObject" => "{ [name: string]: any }",
            "JsonArray" => "any[]",
            _ => "any",
        };
        return isArray ? $"{type}[]" : type;
    }

    [GeneratedRegex(@"^[\p{L}_$][\p{L}\p{Nd}_$]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}
