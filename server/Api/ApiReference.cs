using System.Security.Cryptography;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Assets;
using Scalar.AspNetCore;

namespace Orchestrator.Server.Api;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and pages to read it at <c>/reference</c>. Each operation says its role and its problems.</summary>
static class ApiReference
{
    const string Document = "v1";

    /// <summary>Member of an operation with the least role that may ask for it.</summary>
    public const string Role = "x-role";

    /// <summary>Adds the document.</summary>
    public static IServiceCollection AddApiReference(this IServiceCollection services) => services.AddOpenApi(Document, static document =>
    {
        document.AddDocumentTransformer(static (api, _, _) =>
        {
            api.Info = new() { Title = "Orchestrator", Version = Document, Description = "Workflows, their runs, and the data that they write." };
            // Whoever reads it knows where they read it.
            api.Servers?.Clear();
            return Task.CompletedTask;
        });
        document.AddSchemaTransformer(static (schema, context, _) =>
        {
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            var isNullable = type != context.JsonTypeInfo.Type;
            if (type == typeof(decimal)) BeText(schema, isNullable, "decimal", pattern: null, "An exact decimal number as text.");
            if (type == typeof(Partition)) BeText(schema, isNullable, "month", "^[0-9]{4}-(0[1-9]|1[0-2])$", "A month, such as 2026-10.");
            return Task.CompletedTask;
        });
        document.AddOperationTransformer(DescribeAsync);
    });

    /// <summary>Maps both.</summary>
    public static void MapApiReference(this WebApplication app)
    {
        app.MapOpenApi().RequireAccess(AccessRole.Viewer);
        var pages = app.MapGroup("").RequireAccess(AccessRole.Viewer);
        // The package lets everybody have its scripts; here every route has a role.
        ((IEndpointConventionBuilder)pages).Finally(static page =>
        {
            foreach (var open in page.Metadata.OfType<IAllowAnonymous>().ToList()) page.Metadata.Remove(open);
        });
        pages.MapScalarApiReference("/reference", static (reference, context) =>
        {
            // Everything comes from this server: no fonts, no assistant, no counting of visits; the policy below keeps it so.
            var nonce = RandomNumberGenerator.GetHexString(32);
            reference.WithTitle("Orchestrator API").DisableDefaultFonts().DisableAgent().DisableMcp().DisableTelemetry().HideClientButton().WithNonce(nonce);
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";
        });
    }

    static void BeText(OpenApiSchema schema, bool isNullable, string format, string? pattern, string description)
    {
        schema.Type = isNullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
        schema.Format = format;
        schema.Pattern = pattern;
        schema.Description ??= description;
    }

    static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal);
        operation.Extensions[Role] = new JsonNodeExtension(metadata.OfType<RequiredAccess>().LastOrDefault()?.Role?.ToString().ToLowerInvariant() ?? "none");

        var isOpen = metadata.OfType<RequiredAccess>().LastOrDefault() is { Role: null };
        var isChange = context.Description.HttpMethod is not ("GET" or "HEAD");
        IEnumerable<EndpointProblem> problems =
        [
            .. metadata.OfType<EndpointProblem>(), .. EndpointProblems.OfAll, .. isChange ? EndpointProblems.OfChanges : [], .. isOpen ? [] : EndpointProblems.OfRoles,
            .. operation.RequestBody is null ? [] : EndpointProblems.OfBodies,
        ];
        var schema = await context.GetOrCreateSchemaAsync(typeof(ApiProblem), parameterDescription: null, cancellationToken);
        operation.Responses ??= [];
        foreach (var ofStatus in problems.GroupBy(problem => problem.Status).OrderBy(group => group.Key))
        {
            var codes = string.Join(", ", ofStatus.Select(problem => problem.Code).Distinct(StringComparer.Ordinal));
            operation.Responses.TryAdd($"{ofStatus.Key}", new OpenApiResponse
            {
                Description = $"Problem: {codes}.",
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [ApiProblem.MediaType] = new() { Schema = schema } },
            });
        }
    }
}
