using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Tests.Unit.Expressions;

public sealed class ScriptDeclarationsTests
{
    [Fact]
    public void Every_function_that_a_script_has_is_declared_and_no_other() =>
        Assert.Equal(ScriptFunctions.All.Keys.Order(StringComparer.Ordinal), ScriptDeclarations.Functions.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Variables_inputs_and_outputs_of_a_definition_are_declared_with_their_types_and_without_what_is_no_name()
    {
        var text = ScriptDeclarations.Of(WorkflowDefinition.Parse("""
            { "definitionId": "a", "name": "A", "inputs": [ { "name": "rows", "type": "Int32" }, { "name": "a b", "type": "String" } ],
              "variables": [ { "id": "1", "name": "total", "typeName": "Decimal" }, { "id": "2", "name": "names", "typeName": "String", "isArray": true }, { "id": "3", "name": "x-y", "typeName": "Object" } ],
              "root": { "id": "Sequence1", "type": "Elsa.Sequence", "variables": [ { "id": "4", "name": "inner", "typeName": "Boolean" } ], "activities": [
                { "id": "Ask1", "type": "Elsa.FlowSendHttpRequest" } ] } }
            """, Platform.Registry));

        foreach (var line in (string[])["function getrows(): number;", "function getTotal(): number;", "function setTotal(value: number): void;", "function getNames(): string[];", "function getInner(): boolean;",
            "function getStatusCodeFromAsk1(): number;", "function getParsedContentFromAsk1(): any;", "const variables: { total: number; names: string[]; inner: boolean; [name: string]: any };"])
            Assert.Contains($"declare {line}\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("a b", text, StringComparison.Ordinal);
        Assert.DoesNotContain("x-y", text, StringComparison.Ordinal);
    }
}
