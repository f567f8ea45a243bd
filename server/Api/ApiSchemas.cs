using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.Api;

/// <summary>Transformer that makes the schemas of the OpenAPI document match the JSON that the server reads and writes.</summary>
static class ApiSchemas
{
    const string AnyJson = "JsonElement";

    /// <summary>Describes types with their own JSON form, and the limits of members.</summary>
    public static Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var declared = context.JsonTypeInfo.Type;
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        var isNullable = type != declared;
        if (type == typeof(decimal)) BeText(schema, isNullable, "decimal", pattern: null, "An exact decimal number as text.");
        if (type == typeof(Partition)) BeText(schema, isNullable, "month", ApiLimits.Month, "A month, such as 2026-10.");
        if (type.IsEnum) schema.Type = isNullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
        if (type == typeof(ApiProblem)) DescribeProblem(schema);
        // A member that is left out when it is null cannot be required.
        foreach (var member in context.JsonTypeInfo.Properties)
        {
            if (member.AttributeProvider?.GetCustomAttributes(typeof(JsonIgnoreAttribute),
                inherit: true) is [JsonIgnoreAttribute { Condition: not JsonIgnoreCondition.Never }])
                schema.Required?.Remove(member.Name);
        }
        ApiLimits.OfMembers(schema, type);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Writes alternatives as <c>anyOf</c>: any JSON includes null, so that null would match both branches of a <c>oneOf</c> and be
    /// refused.
    /// </summary>
    public static Task FinishAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var seen = new HashSet<IOpenApiSchema>(ReferenceEqualityComparer.Instance);
        foreach (var schema in document.Components?.Schemas?.Values ?? []) Finish(schema, seen);
        foreach (var operation in document.Paths.Values.SelectMany(static path =>
            path.Operations?.Values ?? Enumerable.Empty<OpenApiOperation>()))
        {
            IEnumerable<IDictionary<string, OpenApiMediaType>?> contents =
                [operation.RequestBody?.Content, .. (operation.Responses ?? []).Values.Select(static response => response.Content)];
            foreach (var media in contents.OfType<IDictionary<string, OpenApiMediaType>>().SelectMany(static content =>
                content.Values)) Finish(media.Schema, seen);
        }
        return Task.CompletedTask;
    }

    static void Finish(IOpenApiSchema? any, HashSet<IOpenApiSchema> seen)
    {
        if (any is not OpenApiSchema schema || !seen.Add(schema)) return;
        if (schema.OneOf is { Count: > 0 } alternatives)
        {
            schema.OneOf = null;
            schema.AnyOf = [.. alternatives];
        }
        if (schema.AnyOf?.Any(static alternative =>
            alternative is OpenApiSchemaReference { Reference.Id: AnyJson }) is true) schema.AnyOf = null;
        foreach (var inner in (schema.Properties?.Values ?? Enumerable.Empty<IOpenApiSchema>()).Concat(schema.AnyOf ?? []).Concat(schema.AllOf ?? [])) Finish(inner, seen);
        Finish(schema.Items, seen);
        Finish(schema.AdditionalProperties, seen);
    }

    static void DescribeProblem(OpenApiSchema schema)
    {
        schema.AdditionalPropertiesAllowed = true;
        schema.AdditionalProperties = null;
        var members = schema.Properties ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
        members["activeRun"] = Text("The run that stands in the way; with run.already_active.", "uuid");
        members["started"] = Text("What was started under the same key before; with request.idempotency_key_reused.", "uuid");
        members["changes"] = List("What has changed since the plan was made; with rerun.plan_changed.", Text("One change, in words."));
        members["problems"] = List("All that is wrong with the definition; with definition.invalid.", new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string>(StringComparer.Ordinal) { "path", "code", "message" },
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
            {
                ["path"] = Text("Where."), ["code"] = Text("Stable code."),
                ["message"] = Text("What is there, what was expected, what to do."),
            },
        });
    }

    static OpenApiSchema List(string description, OpenApiSchema items) => new()
    {
        Type = JsonSchemaType.Array, Items = items,
        Description = description
    };

    static OpenApiSchema Text(string description, string? format = null) => new()
    {
        Type = JsonSchemaType.String, Format = format,
        Description = description
    };

    static void BeText(OpenApiSchema schema, bool isNullable, string format, string? pattern, string description)
    {
        schema.Type = isNullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
        schema.Format = format;
        schema.Pattern = pattern;
        schema.Description ??= description;
    }
}
