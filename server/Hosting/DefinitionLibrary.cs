using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Server.Hosting;

/// <summary>The workflow definitions that ship with the platform, and files that a person names.</summary>
/// <param name="registry">The activity types that definitions may use.</param>
/// <param name="folder">Folder of the shipped <c>*.json</c>.</param>
public sealed class DefinitionLibrary(ActivityRegistry registry, string folder)
{
    /// <summary>The folder beside the program.</summary>
    public static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, "workflows");

    /// <summary>Ids of the shipped definitions, ascending.</summary>
    public IReadOnlyList<string> Names => !Directory.Exists(folder) ? [] :
        [.. Directory.EnumerateFiles(folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>All shipped definitions, by id.</summary>
    public IEnumerable<WorkflowDefinition> ReadAll() => Names.Select(name => ReadFile(Path.Combine(folder, $"{name}.json")));

    /// <summary>A shipped definition by its id; <see langword="null"/> where there is none.</summary>
    /// <exception cref="InvalidDefinitionException">All that is wrong with it.</exception>
    public WorkflowDefinition? FindShipped(string id) => Names.Contains(id, StringComparer.Ordinal) ? ReadFile(Path.Combine(folder, $"{id}.json")) : null;

    /// <summary>A shipped definition by its id, or one in a file.</summary>
    /// <exception cref="UsageException">There is neither.</exception>
    /// <exception cref="InvalidDefinitionException">All that is wrong with it.</exception>
    public WorkflowDefinition Find(string nameOrFile)
    {
        if (Names.Contains(nameOrFile, StringComparer.Ordinal)) return ReadFile(Path.Combine(folder, $"{nameOrFile}.json"));
        return File.Exists(nameOrFile)
            ? ReadFile(nameOrFile)
            : throw new UsageException($"There is no workflow '{nameOrFile}'. Known are {string.Join(" and ", Names)}; or give the path of a definition's file.");
    }

    /// <summary>All that is wrong with a definition in a file; empty where it can execute.</summary>
    public IReadOnlyList<DefinitionProblem> Check(string path) => CheckText(File.ReadAllText(path));

    /// <summary>All that is wrong with a definition; empty where it can execute.</summary>
    public IReadOnlyList<DefinitionProblem> CheckText(string json) => DefinitionValidator.Validate(json, registry);

    /// <summary>Reads one strictly.</summary>
    /// <exception cref="InvalidDefinitionException">All that is wrong with it.</exception>
    public WorkflowDefinition Read(string json) => DefinitionValidator.Load(json, registry);

    /// <summary>Reads one strictly.</summary>
    /// <exception cref="InvalidDefinitionException">All that is wrong with it.</exception>
    public WorkflowDefinition ReadFile(string path) => DefinitionValidator.Load(File.ReadAllText(path), registry);
}
