using Orchestrator.Server.Access;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// <c>/descriptors/activities</c> and <c>/descriptors/expression-descriptors</c>: the activities and expression types of the designer.
/// </summary>
static class DescriptorEndpoints
{
    public static void Map(RouteGroupBuilder elsa)
    {
        var descriptors = elsa.MapGroup("/descriptors").RequireAccess(AccessRole.Viewer);
        descriptors.MapGet("/activities", ListActivitiesAsync);
        descriptors.MapGet("/activities/{type}", static (string type, ActivityRegistry registry) => registry.TryFind(type, out var found) ? ActivityTypeView.Of(found) : null);
        descriptors.MapPost("/activities/{type}/options/{property}", ListOptions);
        descriptors.MapGet("/expression-descriptors", static () => Expressions);
    }

    static ElsaList<ExpressionTypeView> Expressions { get; } = new(
    [
        new(ExpressionTypes.Literal, IsBrowsable: false, Language: null), new(ExpressionTypes.ObjectText, IsBrowsable: false, "json"), new(ExpressionTypes.Json, IsBrowsable: false, "json"),
        .. ExpressionTypes.All.Except([ExpressionTypes.Literal, ExpressionTypes.ObjectText, ExpressionTypes.Json])
#pragma warning disable CA1308 // The editor's names of languages are lower-case.
            .Select(type => new ExpressionTypeView(type, IsBrowsable: true, type is ExpressionTypes.Variable or ExpressionTypes.Input ? null : type.ToLowerInvariant())),
#pragma warning restore CA1308
    ]);

    static async Task<ElsaList<ActivityTypeView>> ListActivitiesAsync(ActivityRegistry registry, ListDefinitions workflows, CancellationToken cancellationToken)
    {
        var usable = (await workflows(cancellationToken)).Where(definition => definition.IsUsableAsActivity).Select(WorkflowActivity.Of).Where(type => !registry.TryFind(type.TypeName, out _));
        return new([.. registry.All.Concat(usable).Select(ActivityTypeView.Of)]);
    }

    static object? ListOptions(string type, string property, ActivityRegistry registry) =>
        registry.TryFind(type, out var activity) && activity.FindInput(property) is { } input ? new { Items = InputView.SpecificationsOf(input) } : null;
}

/// <summary>An expression type as the designer sees it.</summary>
sealed record ExpressionTypeView(string Type, string DisplayName, bool IsSerializable, bool IsBrowsable, IReadOnlyDictionary<string, string> Properties)
{
    /// <param name="Language">The editor's language; <see langword="null"/> for none.</param>
    public ExpressionTypeView(string type, bool IsBrowsable, string? Language) : this(
        type, type, IsSerializable: true, IsBrowsable, Language is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["MonacoLanguage"] = Language })
    {
    }
}

/// <summary>An activity type as the designer sees it.</summary>
sealed record ActivityTypeView(
    string TypeName, string ClrType, string Namespace, string Name, int Version, string Category, string DisplayName, string Description, IReadOnlyList<InputView> Inputs,
    IReadOnlyList<OutputView> Outputs, ActivityKind Kind, bool RunAsynchronously, IReadOnlyList<PortView> Ports, IReadOnlyDictionary<string, object> CustomProperties,
    IReadOnlyDictionary<string, object> ConstructionProperties, bool IsContainer, bool IsBrowsable, bool IsStart, bool IsTerminal)
{
    public static ActivityTypeView Of(ActivityDescriptor type) => new(
        type.TypeName, type.TypeName, type.Namespace, type.Name, type.Version, type.Category, type.DisplayName, type.Description, [.. type.Inputs.Select(InputView.Of)],
        [.. type.Outputs.Select(OutputView.Of), .. type.Kind is ActivityKind.Job ? OutputView.Facts.Where(fact => type.Outputs.All(output => output.Name != fact.Name)) : []], type.Kind, type.RunAsynchronously, [.. type.Ports.Select(PortView.Of)], type.CustomProperties, type.ConstructionProperties,
        type.IsContainer, type.IsBrowsable, type.IsStart, type.IsTerminal);
}

/// <summary>An input as the designer sees it.</summary>
sealed record InputView(
    bool IsWrapped, string UiHint, string? Category, object? DefaultValue, string? DefaultSyntax, bool IsReadOnly, bool IsSensitive, bool AutoEvaluate,
    IReadOnlyDictionary<string, object> UiSpecifications, string Name, string TypeName, string DisplayName, string? Description, float Order, bool IsBrowsable)
{
    /// <summary>Whether the definition declares it instead of the type.</summary>
    public bool IsSynthetic { get; }

    /// <summary>Whether the definition keeps its value.</summary>
    public bool IsSerializable { get; } = true;

    public static InputView Of(InputDescriptor input) => new(
        input.IsWrapped, input.UIHint, input.Metadata.Category, input.Metadata.DefaultValue, input.Metadata.DefaultSyntax, input.Metadata.IsReadOnly, input.Metadata.CanContainSecrets,
        input.Metadata.AutoEvaluate, SpecificationsOf(input), input.Name, input.TypeName, input.DisplayName, input.Metadata.Description, input.Metadata.Order, input.Metadata.IsBrowsable);

    /// <summary>Returns the settings of an input's editor.</summary>
    public static IReadOnlyDictionary<string, object> SpecificationsOf(InputDescriptor input)
    {
        if (input.UIHint is UIHints.DropDown && input.Options.Count > 0)
            return new Dictionary<string, object> { ["dropdown"] = new { SelectList = new { Items = input.Options } } };
        if (input.UIHint is UIHints.CheckList && input.Options.Count > 0)
            return new Dictionary<string, object> { ["checklist"] = new { CheckList = new { Items = input.Options } } };
        var language = input.Language ?? (input.UIHint is UIHints.JsonEditor ? "json" : null);
        return language is null ? new Dictionary<string, object>() : new Dictionary<string, object> { ["code-editor"] = new { Language = language } };
    }
}

/// <summary>An output as the designer sees it.</summary>
sealed record OutputView(string Name, string TypeName, string DisplayName, string? Description, bool IsBrowsable, bool? IsSerializable)
{
    /// <summary>Place among the outputs.</summary>
    public float Order { get; }

    /// <summary>Whether the definition declares it instead of the type.</summary>
    public bool IsSynthetic { get; }

    /// <summary>Facts that runs show beside a job's own outputs; the designer does not offer them.</summary>
    public static IReadOnlyList<OutputView> Facts { get; } =
        [.. ExecutionFacts.Declared.Select(fact => new OutputView(fact.Name, "String", fact.DisplayName, fact.Description, IsBrowsable: false, IsSerializable: false))];

    public static OutputView Of(OutputDescriptor output) => new(output.Name, output.TypeName, output.DisplayName, output.Description, output.IsBrowsable, output.IsSerializable);
}

/// <summary>A port as the designer sees it.</summary>
sealed record PortView(string Name, string DisplayName, PortType Type, bool IsBrowsable)
{
    public static PortView Of(PortDescriptor port) => new(port.Name, port.Name, port.Type, port.IsBrowsable);
}
