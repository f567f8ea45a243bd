namespace Orchestrator.Workflows.Values;

/// <summary>The codes of <see cref="DefinitionProblem"/>; they never change their meaning.</summary>
public static class DefinitionProblemCodes
{
    /// <summary>The text is not JSON.</summary>
    public const string NotJson = "definition.not_json";

    /// <summary>More nested levels of JSON than can be read.</summary>
    public const string TooDeep = "definition.too_deep";

    /// <summary>More problems than are listed.</summary>
    public const string TooMany = "definition.too_many_problems";

    /// <summary>A value of another JSON type than expected.</summary>
    public const string WrongShape = "definition.wrong_shape";

    /// <summary>A required property is missing.</summary>
    public const string MissingProperty = "definition.missing_property";

    /// <summary>A variable, an input or an output has an unknown type.</summary>
    public const string UnknownType = "definition.unknown_type";

    /// <summary>Two variables with one name or one id.</summary>
    public const string DuplicateVariable = "definition.duplicate_variable";

    /// <summary>Two inputs or two outputs with one name.</summary>
    public const string DuplicateArgument = "definition.duplicate_argument";

    /// <summary>The registry does not have the activity's type.</summary>
    public const string UnknownActivity = "activity.unknown_type";

    /// <summary>An id that is too long, or has a character that no id has.</summary>
    public const string BadId = "definition.bad_id";

    /// <summary>A state machine, which is not executed here.</summary>
    public const string StateMachine = "activity.state_machine";

    /// <summary>Two activities with one id.</summary>
    public const string DuplicateId = "activity.duplicate_id";

    /// <summary>No connection leads to the activity, or a preceding one ends everything.</summary>
    public const string Unreachable = "activity.unreachable";

    /// <summary>A retry policy with an invalid property or value.</summary>
    public const string RetryPolicy = "activity.bad_retry_policy";

    /// <summary>An unknown merge mode.</summary>
    public const string MergeMode = "activity.unknown_merge_mode";

    /// <summary>A pool with an invalid name.</summary>
    public const string Pool = "activity.bad_pool";

    /// <summary>A trigger whose times are unusual or cannot be read, or that cannot start runs by itself.</summary>
    public const string Trigger = "activity.bad_trigger";

    /// <summary>A required input has no value.</summary>
    public const string MissingInput = "activity.missing_input";

    /// <summary>The activity's type has no such input.</summary>
    public const string UnknownInput = "activity.unknown_input";

    /// <summary>The activity's type has no such output.</summary>
    public const string UnknownOutput = "activity.unknown_output";

    /// <summary>A value that cannot be converted to the type it must have.</summary>
    public const string WrongType = "value.wrong_type";

    /// <summary>A text that is none of the values to choose from.</summary>
    public const string NoOption = "value.no_option";

    /// <summary>A secret in an input that takes none.</summary>
    public const string SecretNotAllowed = "secrets.not_allowed";

    /// <summary>A variable that is not declared here.</summary>
    public const string UnknownVariable = "value.unknown_variable";

    /// <summary>An input that the workflow does not have.</summary>
    public const string UnknownWorkflowInput = "value.unknown_input";

    /// <summary>An unknown expression type.</summary>
    public const string UnknownExpression = "value.unknown_expression";

    /// <summary>A script or a template that cannot be parsed.</summary>
    public const string BadScript = "value.bad_script";

    /// <summary>A template with an unknown tag: a run that reaches it fails with the template's text as the reason.</summary>
    public const string UnknownTag = "value.unknown_tag";

    /// <summary>A connection from or to an activity that does not exist.</summary>
    public const string MissingActivity = "connection.missing_activity";

    /// <summary>A connection from an outcome, or to a port, that the activity does not have.</summary>
    public const string UnknownPort = "connection.unknown_port";
}
