using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Elsa;

/// <summary>A definition to save.</summary>
/// <param name="Model">The definition as the designer has it.</param>
/// <param name="Publish">Whether to publish it; null means no.</param>
sealed record SaveDefinitionRequest(JsonElement Model, bool? Publish);

/// <summary>Ids of workflows.</summary>
/// <param name="DefinitionIds">Ids of definitions, with all their versions.</param>
/// <param name="Ids">Ids of versions.</param>
sealed record BulkRequest(IReadOnlyList<string>? DefinitionIds, IReadOnlyList<string>? Ids);

/// <summary>A warning about an activity that may fail.</summary>
/// <param name="Message">The warning, with its place in the document.</param>
/// <param name="ActivityId">Empty: the place is in the message.</param>
public sealed record ElsaValidationError(string Message, string ActivityId);

/// <summary><c>/workflow-definitions</c>, as far as it changes them.</summary>
static class DefinitionChangeEndpoints
{
    /// <summary>Largest document in bytes. 10,000 activities with a designer's notes have about 5 MB.</summary>
    const long LargestDocumentBytes = 32 * 1024 * 1024;

    public static void Map(RouteGroupBuilder elsa)
    {
        var authors = elsa.MapGroup("").RequireAccess(AccessRole.Author);
        authors.MapPost("/workflow-definitions", SaveAsync).WithMetadata(new RequestSizeLimitAttribute(LargestDocumentBytes));
        authors.MapPost("/workflow-definitions/{definitionId}/publish", PublishAsync);
        authors.MapPost("/workflow-definitions/{definitionId}/retract", RetractAsync);
        authors.MapPost("/workflow-definitions/{definitionId}/revert/{version:int}", RevertAsync);
        // References need no update; see WorkflowActivity.
        authors.MapPost("/workflow-definitions/{definitionId}/update-references", static () => new { AffectedWorkflows = Array.Empty<string>() });
        authors.MapDelete("/workflow-definitions/{definitionId}", DeleteAsync);
        authors.MapDelete("/workflow-definition-versions/{id}", DeleteVersionAsync);
        authors.MapPost("/bulk-actions/delete/workflow-definitions/by-definition-id", DeleteManyAsync);
        authors.MapPost("/bulk-actions/delete/workflow-definitions/by-id", DeleteVersionsAsync);
        authors.MapPost("/bulk-actions/publish/workflow-definitions/by-definition-ids", PublishManyAsync);
        authors.MapPost("/bulk-actions/retract/workflow-definitions/by-definition-ids", RetractManyAsync);
    }

    static async Task<object> SaveAsync(ElsaBody<SaveDefinitionRequest> body, HttpContext context, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken)
    {
        if (body.Value.Model.ValueKind is JsonValueKind.Undefined) throw ElsaProblems.Refused("$.model: 'model' is missing. Give the workflow definition.");
        var model = DefinitionView.Restore(body.Value.Model);
        var definitionId = DefinitionIdOf(model);
        var saved = await definitions.SaveAsync(new(definitionId, model, body.Value.Publish is true, context.StartedBy()), cancellationToken);
        return await AnswerAsync(saved, definitions, view, cancellationToken);
    }

    static async Task<object?> PublishAsync(string definitionId, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken) =>
        await definitions.PublishAsync(definitionId, cancellationToken) is { } published ? await AnswerAsync(published, definitions, view, cancellationToken) : null;

    static async Task<JsonElement?> RetractAsync(string definitionId, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken) =>
        await definitions.RetractAsync(definitionId, cancellationToken) is { } retracted ? view.Show(retracted, mayEdit: true) : null;

    static async Task<DefinitionSummary?> RevertAsync(string definitionId, int version, HttpContext context, DefinitionStore definitions, CancellationToken cancellationToken) =>
        await definitions.RevertAsync(definitionId, version, context.StartedBy(), cancellationToken) is { } draft ? DefinitionSummary.Of(draft.Definition, mayEdit: true) : null;

    static async Task<IResult> DeleteAsync(string definitionId, DefinitionStore definitions, CancellationToken cancellationToken) =>
        await definitions.DeleteAsync([definitionId], cancellationToken) > 0 ? Results.NoContent() : Results.NotFound();

    static async Task<IResult> DeleteVersionAsync(string id, DefinitionStore definitions, CancellationToken cancellationToken) =>
        await definitions.DeleteVersionAsync(id, cancellationToken) ? Results.NoContent() : Results.NotFound();

    static async Task<object> DeleteManyAsync(ElsaBody<BulkRequest> body, DefinitionStore definitions, CancellationToken cancellationToken) =>
        new { Deleted = await definitions.DeleteAsync(body.Value.DefinitionIds ?? [], cancellationToken) };

    static async Task<object> DeleteVersionsAsync(ElsaBody<BulkRequest> body, DefinitionStore definitions, CancellationToken cancellationToken)
    {
        var deleted = 0;
        foreach (var id in (body.Value.Ids ?? []).Distinct(StringComparer.Ordinal))
            if (await definitions.DeleteVersionAsync(id, cancellationToken)) deleted++;
        return new { Deleted = deleted };
    }

    static async Task<object> PublishManyAsync(ElsaBody<BulkRequest> body, DefinitionStore definitions, CancellationToken cancellationToken)
    {
        var (published, already, missing, skipped) = (new List<string>(), new List<string>(), new List<string>(), new List<string>());
        foreach (var id in (body.Value.DefinitionIds ?? []).Distinct(StringComparer.Ordinal))
        {
            var result = await definitions.PublishAsync(id, cancellationToken);
            (result switch { null => missing, { WasPublished: true } => already, { Check.Errors.Count: > 0 } => skipped, _ => published }).Add(id);
        }
        // Consumers execute the version that is published at that time, so none is updated; the Studio breaks without the list.
        return new { Published = published, AlreadyPublished = already, NotFound = missing, Skipped = skipped, UpdatedConsumers = Array.Empty<string>() };
    }

    static async Task<object> RetractManyAsync(ElsaBody<BulkRequest> body, DefinitionStore definitions, CancellationToken cancellationToken)
    {
        var (retracted, already, missing) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var id in (body.Value.DefinitionIds ?? []).Distinct(StringComparer.Ordinal))
        {
            var isPublished = await definitions.FindAsync(id, VersionOptions.Published, cancellationToken) is not null;
            (await definitions.RetractAsync(id, cancellationToken) is null ? missing : isPublished ? retracted : already).Add(id);
        }
        return new { Retracted = retracted, AlreadyRetracted = already, NotFound = missing, Skipped = Array.Empty<string>() };
    }

    /// <summary>Reads the definition id of a document; <see langword="null"/> for none.</summary>
    public static string? DefinitionIdOf(JsonElement model) =>
        model.ValueKind is not JsonValueKind.Object || !model.TryGetProperty("definitionId", out var id) || id.ValueKind is JsonValueKind.Null ? null
        : id.ValueKind is JsonValueKind.String ? id.GetString()
        : throw ElsaProblems.Refused("$.definitionId: 'definitionId' must be a text.");

    static async Task<object> AnswerAsync(DefinitionSaved saved, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken)
    {
        // The draft is saved; that it was not published is an error, which the Studio shows.
        if (saved.Check is { Errors.Count: > 0 } check) throw new InvalidDefinitionException(check.Errors);
        return new
        {
            WorkflowDefinition = view.Show(saved.Saved, mayEdit: true),
            AlreadyPublished = saved.Check is not null && saved.WasPublished,
            ConsumingWorkflowCount = (await definitions.ListConsumersAsync(saved.Saved.Definition.DefinitionId, cancellationToken)).Count,
            ValidationErrors = (saved.Check?.Warnings ?? []).Select(warning => new ElsaValidationError(warning.ToString(), "")),
        };
    }
}
