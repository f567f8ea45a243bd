using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Composition;

/// <summary>The shipped workflow definitions, and definitions in files that a person names.</summary>
/// <param name="registry">The activity types that definitions may use.</param>
/// <param name="folder">Folder of the shipped <c>*.json</c>.</param>
public sealed class DefinitionLibrary(ActivityRegistry registry, string folder)
{
    /// <summary>The folder beside the program.</summary>
    public static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, "workflows");

    /// <summary>Ids of the shipped definitions, ascending.</summary>
    public IReadOnlyList<string> Names => !Directory.Exists(folder) ? [] :
        [.. Directory.EnumerateFiles(folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>Returns the text of a shipped definition; <see langword="null"/> if there is none.</summary>
    public string? TextOf(string id) => Names.Contains(id, StringComparer.Ordinal) ? File.ReadAllText(Path.Combine(folder, $"{id}.json")) : null;

    /// <summary>Reads a definition from a file; <see langword="null"/> if the name is a workflow's id, which the store knows.</summary>
    /// <exception cref="InvalidDefinitionException">All that is wrong with it.</exception>
    public WorkflowDefinition? FindFile(string nameOrFile) =>
        !Names.Contains(nameOrFile, StringComparer.Ordinal) && File.Exists(nameOrFile) ? ReadFile(nameOrFile) : null;

    /// <summary>Creates the error for an unknown workflow.</summary>
    public static UsageException Unknown(string workflow, IReadOnlyList<string> known) =>
        new($"There is no workflow '{workflow}'. Known are {string.Join(" and ", known)}; or give the path of a definition's file.");

    /// <summary>Validates a definition in a file; empty if it can execute.</summary>
    public IReadOnlyList<DefinitionProblem> Check(string path) => CheckText(File.ReadAllText(path));

    /// <summary>Validates a definition; empty if it can execute.</summary>
    public IReadOnlyList<DefinitionProblem> CheckText(string json) => DefinitionValidator.Validate(json, registry);

    /// <summary>Reads one strictly.</summary>
    /// <exception cref="InvalidDefinitionException">All that is wrong with it.</exception>
    public WorkflowDefinition Read(string json) => DefinitionValidator.Load(json, registry);

    /// <summary>Reads one strictly.</summary>
    /// <exception cref="InvalidDefinitionException">All that is wrong with it.</exception>
    public WorkflowDefinition ReadFile(string path) => DefinitionValidator.Load(File.ReadAllText(path), registry);
}
