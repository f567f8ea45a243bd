namespace Orchestrator.Workflows.Activities;

/// <summary>The designer's editors, in Elsa's words.</summary>
public static class UIHints
{
    /// <summary>One line of text.</summary>
    public const string SingleLine = "singleline";

    /// <summary>Several lines of text.</summary>
    public const string MultiLine = "multiline";

    /// <summary>A list of texts.</summary>
    public const string MultiText = "multitext";

    /// <summary>Yes or no.</summary>
    public const string CheckBox = "checkbox";

    /// <summary>Several of some values.</summary>
    public const string CheckList = "checklist";

    /// <summary>One of some values.</summary>
    public const string DropDown = "dropdown";

    /// <summary>JSON.</summary>
    public const string JsonEditor = "json-editor";

    /// <summary>A script.</summary>
    public const string CodeEditor = "code-editor";

    /// <summary>A day, with or without a time.</summary>
    public const string DateTimePicker = "datetime-picker";

    /// <summary>A list of outcomes, which become ports of the activity.</summary>
    public const string DynamicOutcomes = "dynamic-outcomes";

    /// <summary>A workflow.</summary>
    public const string WorkflowDefinitionPicker = "workflow-definition-picker";

    /// <summary>The editor that Elsa takes for a type where the input names none.</summary>
    public static string Of(Type type) => type == typeof(bool) ? CheckBox : SingleLine;
}
