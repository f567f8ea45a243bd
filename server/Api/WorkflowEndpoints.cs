using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Orchestrator.Server.Access;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Api;

/// <summary>A workflow that can be run.</summary>
/// <param name="Id">Its id, such as <c>monthly-sales</c>.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Description">Purpose of the workflow.</param>
/// <param name="Version">The version that a new run executes.</param>
/// <param name="Checksum">SHA-256 of that version's document.</param>
/// <param name="Inputs">Inputs of a run.</param>
/// <param name="HasUpdate">Whether a newer version ships that was not imported because the workflow was changed here.</param>
public sealed record WorkflowResponse(string Id, string Name, string? Description, int Version, string Checksum, IReadOnlyList<WorkflowInput> Inputs, bool HasUpdate)
{
    /// <summary>Converts a workflow to the form of the API.</summary>
    public static WorkflowResponse Of(WorkflowDefinition workflow, bool hasUpdate) => new(
        workflow.DefinitionId, workflow.Name, workflow.Description, workflow.Version, ChecksumOf(workflow),
        [.. workflow.Inputs.Select(input => new WorkflowInput(input.Name, input.TypeName, input.IsArray, input.IsRequired, input.Default, input.Description))], hasUpdate);

    /// <summary>Computes the SHA-256 of a definition's document, as runs record it.</summary>
    public static string ChecksumOf(WorkflowDefinition workflow) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(workflow.ToJson())));
}

/// <summary>An input of a workflow.</summary>
/// <param name="Name">Name of the input.</param>
/// <param name="Type">Name of its type, such as <c>Int32</c>.</param>
/// <param name="IsArray">Whether it holds an array of that type.</param>
/// <param name="IsRequired">Whether a run cannot start without it.</param>
/// <param name="Default">Value if none is given.</param>
/// <param name="Description">One sentence for the person who fills it in.</param>
public sealed record WorkflowInput(string Name, string Type, bool IsArray, bool IsRequired, JsonElement? Default, string? Description);

/// <summary>A version of a workflow's definition.</summary>
/// <param name="Version">Version number in the document.</param>
/// <param name="Checksum">SHA-256 of the document, its exact identity.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="RecordedAt">Time at which its first run was accepted; null if it has none.</param>
/// <param name="IsCurrent">Whether a new run executes it.</param>
public sealed record WorkflowVersionResponse(int Version, string Checksum, string Name, DateTimeOffset? RecordedAt, bool IsCurrent);

/// <summary>Result of validating a definition.</summary>
/// <param name="IsValid">Whether it can be run.</param>
/// <param name="Problems">All problems, in document order.</param>
public sealed record ValidationResponse(bool IsValid, IReadOnlyList<DefinitionProblem> Problems);

/// <summary><c>/workflows</c>.</summary>
static class WorkflowEndpoints
{
    const string UnknownWorkflow = "workflow.unknown";

    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/workflows").WithTags("Workflows");
        group.MapGet("", ListAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listWorkflows").WithSummary("Lists the workflows that can be run, with their inputs.");
        group.MapPost("/validate", Validate).RequireAccess(AccessRole.Viewer)
            .WithName("validateDefinition").WithSummary("Lists all problems of a workflow definition with their places.");
        group.MapGet("/{id}", ShowAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showWorkflow").WithSummary("Shows a workflow with its inputs.").WithProblems(404, UnknownWorkflow);
        group.MapPost("/{id}/update", UpdateAsync).RequireAccess(AccessRole.Author)
            .WithName("updateWorkflow").WithSummary("Publishes the shipped version of a workflow, whatever was changed here.")
            .WithProblems(404, "workflow.not_shipped");
        group.MapGet("/{id}/versions", ListVersionsAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listWorkflowVersions").WithSummary("Lists the versions of a workflow that runs executed, and the current one.")
            .WithProblems(404, UnknownWorkflow);
        group.MapGet("/{id}/versions/{version}", ShowVersionAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showWorkflowVersion")
            .WithSummary("Shows the definition of a version, by number (the newest with it), checksum or 'current'.")
            .Produces<JsonElement>().Produces(StatusCodes.Status304NotModified).WithProblems(404, UnknownWorkflow, "workflow.unknown_version");
    }

    /// <summary>A workflow that can be run.</summary>
    /// <exception cref="ApiException"><c>workflow.unknown</c>.</exception>
    public static async Task<WorkflowDefinition> FindAsync(DefinitionStore definitions, string id, CancellationToken cancellationToken) =>
        await definitions.FindPublishedAsync(id, cancellationToken) ?? throw await NotThereAsync(definitions, id, cancellationToken);

    static async Task<IReadOnlyList<WorkflowResponse>> ListAsync(DefinitionStore definitions, CancellationToken cancellationToken)
    {
        var offered = await definitions.ListOfferedAsync(cancellationToken);
        return [.. (await definitions.ListPublishedAsync(cancellationToken)).Select(workflow => WorkflowResponse.Of(workflow, offered.Contains(workflow.DefinitionId, StringComparer.Ordinal)))];
    }

    static async Task<WorkflowResponse> ShowAsync(string id, DefinitionStore definitions, CancellationToken cancellationToken) => WorkflowResponse.Of(
        await FindAsync(definitions, id, cancellationToken), (await definitions.ListOfferedAsync(cancellationToken)).Contains(id, StringComparer.Ordinal));

    static async Task<WorkflowResponse> UpdateAsync(string id, HttpContext context, ShippedDefinitions shipped, DefinitionStore definitions, CancellationToken cancellationToken) =>
        await shipped.TakeAsync(id, context.StartedBy(), cancellationToken)
            ? await ShowAsync(id, definitions, cancellationToken)
            : throw new ApiException(404, "workflow.not_shipped", $"No workflow '{id}' ships with the platform, so there is nothing to take.");

    static ValidationResponse Validate(JsonElement definition, DefinitionLibrary workflows)
    {
        var problems = workflows.CheckText(definition.GetRawText());
        return new(problems.Count == 0, problems);
    }

    static async Task<IReadOnlyList<WorkflowVersionResponse>> ListVersionsAsync(
        string id, DefinitionStore definitions, DefinitionVersions versions, CancellationToken cancellationToken)
    {
        var recorded = await versions.ListAsync(id, cancellationToken);
        var (kept, _) = await definitions.ListAsync(new() { DefinitionIds = [id], Order = DefinitionOrder.Version, IsDescending = true }, cancellationToken);
        if (recorded.Count == 0 && kept.Count == 0) throw await NotThereAsync(definitions, id, cancellationToken);
        var current = kept.FirstOrDefault(version => version.IsPublished)?.Checksum;
        // A run may have executed a definition that is no version here: a file, or a version that was deleted since.
        var unrun = kept.Where(version => recorded.All(known => known.Checksum != version.Checksum))
            .Select(version => new WorkflowVersionResponse(version.Version, version.Checksum, version.Name, RecordedAt: null, version.IsPublished));
        return [.. recorded.Select(version => new WorkflowVersionResponse(version.Version, version.Checksum, version.Name, version.RecordedAt, version.Checksum == current)).Concat(unrun)
            .OrderByDescending(version => version.Version).ThenByDescending(version => kept.Any(known => known.Checksum == version.Checksum))];
    }

    static async Task<IResult> ShowVersionAsync(
        string id, string version, HttpContext context, DefinitionStore definitions, DefinitionVersions versions, CancellationToken cancellationToken)
    {
        var all = await ListVersionsAsync(id, definitions, versions, cancellationToken);
        var found = all.FirstOrDefault(known => version == known.Checksum || (version == "current" && known.IsCurrent)
                || known.Version.ToString(CultureInfo.InvariantCulture) == version)
            ?? throw new ApiException(404, "workflow.unknown_version", $"Workflow '{id}' has no version '{version}'. GET {ApiRoutes.Root}/workflows/{id}/versions lists them.");
        if (context.Tag(found.Checksum)) return Results.StatusCode(StatusCodes.Status304NotModified);
        return found.RecordedAt is not null
            ? Results.Ok((await versions.FindAsync(id, found.Checksum, cancellationToken))!.Document)
            : Results.Text((await definitions.FindAsync(id, new(VersionSelection.Number, found.Version), cancellationToken))!.Document, "application/json");
    }

    static async Task<ApiException> NotThereAsync(DefinitionStore definitions, string id, CancellationToken cancellationToken) =>
        new(404, UnknownWorkflow, $"There is no workflow '{id}'. Known are {string.Join(" and ", await definitions.ListNamesAsync(cancellationToken))}.");
}
