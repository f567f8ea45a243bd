using System.IO.Compression;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Elsa;

/// <summary>Definitions as files: one is JSON, several are a ZIP of such files.</summary>
static class DefinitionFileEndpoints
{
    const long LargestUploadBytes = 64 * 1024 * 1024;

    static readonly JsonDocumentOptions Reading = new() { MaxDepth = ElsaJson.Options.MaxDepth, AllowDuplicateProperties = false };

    public static void Map(RouteGroupBuilder elsa)
    {
        var viewers = elsa.MapGroup("").RequireAccess(AccessRole.Viewer);
        viewers.MapMethods("/workflow-definitions/{definitionId}/export", [HttpMethods.Get, HttpMethods.Post], (Delegate)ExportAsync);
        viewers.MapPost("/bulk-actions/export/workflow-definitions", ExportManyAsync);
        var authors = elsa.MapGroup("").RequireAccess(AccessRole.Author).WithMetadata(new RequestSizeLimitAttribute(LargestUploadBytes));
        authors.MapMethods("/workflow-definitions/import", [HttpMethods.Post, HttpMethods.Put], (Delegate)ImportAsync);
        authors.MapPut("/workflow-definitions/{definitionId}/import", ImportAsAsync);
        authors.MapPost("/workflow-definitions/import-files", ImportFilesAsync);
    }

    static async Task<IResult?> ExportAsync(
        string definitionId, string? versionOptions, bool? includeConsumingWorkflows, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken)
    {
        var versions = string.IsNullOrEmpty(versionOptions) ? VersionOptions.Latest : DefinitionEndpoints.Versions(versionOptions);
        if (await definitions.FindAsync(definitionId, versions, cancellationToken) is not { } found) return null;
        var all = new List<StoredDocument> { found };
        if (includeConsumingWorkflows is true)
            foreach (var consumer in await definitions.ListConsumersAsync(definitionId, cancellationToken))
                if (await definitions.FindAsync(consumer, VersionOptions.Latest, cancellationToken) is { } document) all.Add(document);
        return all.Count > 1 ? Zip(all, view) : Results.File(view.Export(found), MediaTypeNames.Application.Octet, FileName(found.Definition));
    }

    static async Task<IResult?> ExportManyAsync(ElsaBody<BulkRequest> body, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken)
    {
        var found = await definitions.FindManyAsync(body.Value.Ids ?? [], cancellationToken);
        return found.Count == 0 ? null : Zip(found, view);
    }

    static Task<JsonElement> ImportAsync(ElsaBody<ImportRequest> body, HttpContext context, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken) =>
        SaveWholeAsync(body.Value.Model, definitionId: null, context, definitions, view, cancellationToken);

    static Task<JsonElement> ImportAsAsync(
        string definitionId, ElsaBody<ImportRequest> body, HttpContext context, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken) =>
        SaveWholeAsync(body.Value.Model, definitionId, context, definitions, view, cancellationToken);

    static async Task<JsonElement> SaveWholeAsync(
        JsonElement model, string? definitionId, HttpContext context, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken)
    {
        var saved = await SaveAsync(model, definitionId, context, definitions, cancellationToken);
        return saved.Check is { Errors.Count: > 0 } check ? throw new InvalidDefinitionException(check.Errors) : view.Show(saved.Saved, mayEdit: true);
    }

    /// <param name="definitionId">The workflow that the files are versions of; if null, the one that each file names.</param>
    static async Task<object> ImportFilesAsync(
        HttpContext context, DefinitionStore definitions, CancellationToken cancellationToken, [FromQuery(Name = "as")] string? definitionId = null)
    {
        var (models, errors) = (await ReadFilesAsync(context, cancellationToken), new List<string>());
        foreach (var (name, model) in models)
        {
            try
            {
                var saved = await SaveAsync(model, definitionId, context, definitions, cancellationToken);
                errors.AddRange((saved.Check?.Errors ?? []).Select(error => $"{name} is a draft only: {error}"));
            }
            catch (InvalidDefinitionException invalid)
            {
                errors.AddRange(invalid.Problems.Select(problem => $"{name}: {problem}"));
            }
        }
        return errors.Count > 0 ? throw ElsaProblems.Refused(errors) : new { models.Count };
    }

    // Files of published versions are published here too, if they are valid.
    static Task<DefinitionSaved> SaveAsync(JsonElement model, string? definitionId, HttpContext context, DefinitionStore definitions, CancellationToken cancellationToken)
    {
        var isPublished = model.ValueKind is JsonValueKind.Object && model.TryGetProperty("isPublished", out var published) && published.ValueKind is JsonValueKind.True;
        var restored = DefinitionView.Restore(model);
        return definitions.SaveAsync(new(definitionId ?? DefinitionChangeEndpoints.DefinitionIdOf(restored), restored, isPublished, context.StartedBy()) { IsComplete = true }, cancellationToken);
    }

    static async Task<IReadOnlyList<(string Name, JsonElement Model)>> ReadFilesAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (!context.Request.HasFormContentType) throw ElsaProblems.Refused("The request has no files. Send them as multipart/form-data.");
        var models = new List<(string Name, JsonElement Model)>();
        try
        {
            var form = await context.Request.ReadFormAsync(cancellationToken);
            foreach (var file in form.Files)
            {
                using var content = new MemoryStream();
                await file.CopyToAsync(content, cancellationToken);
                if (content.TryGetBuffer(out var bytes) && bytes.AsSpan().StartsWith("PK\u0003\u0004"u8)) models.AddRange(DefinitionArchive.Read(file.FileName, content));
                else models.Add((file.FileName, Parse(file.FileName, content.ToArray())));
            }
        }
        catch (InvalidDataException error)
        {
            throw ElsaProblems.Refused($"The files cannot be read: {error.Message}");
        }
        return models.Count > 0 ? models : throw ElsaProblems.Refused("The request has no files with definitions.");
    }

    /// <summary>Reads a definition in a file.</summary>
    /// <exception cref="ApiException">The file is not JSON.</exception>
    public static JsonElement Parse(string name, byte[] content)
    {
        try
        {
            // A byte order mark sets the encoding; without one it is UTF-8.
            using var reader = new StreamReader(new MemoryStream(content), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
            return JsonElement.Parse(reader.ReadToEnd(), Reading);
        }
        catch (JsonException error)
        {
            throw ElsaProblems.Refused($"{name}: {error.Path ?? "$"}: the file is not JSON. {error.Message}");
        }
    }

    static IResult Zip(IReadOnlyList<StoredDocument> documents, DefinitionView view)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var document in documents)
            {
                using var entry = archive.CreateEntry(FileName(document.Definition)).Open();
                entry.Write(view.Export(document));
            }
        }
        return Results.File(buffer.ToArray(), MediaTypeNames.Application.Zip, "workflow-definitions.zip");
    }

    static string FileName(StoredDefinition definition) => string.Concat(
        FormattableString.Invariant($"workflow-definition-{definition.DefinitionId}-v{definition.Version}.json").Select(c => Path.GetInvalidFileNameChars().Contains(c) || c is '/' or '\\' ? '_' : c));
}

/// <summary>A definition that is the whole body.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(Converter))]
sealed record ImportRequest(JsonElement Model)
{
    sealed class Converter : System.Text.Json.Serialization.JsonConverter<ImportRequest>
    {
        public override ImportRequest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(JsonElement.ParseValue(ref reader));

        public override void Write(Utf8JsonWriter writer, ImportRequest value, JsonSerializerOptions options) => value.Model.WriteTo(writer);
    }
}
