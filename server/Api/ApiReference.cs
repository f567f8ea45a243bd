using System.Security.Cryptography;
using Microsoft.AspNetCore.Authorization;
using Orchestrator.Server.Access;
using Scalar.AspNetCore;

namespace Orchestrator.Server.Api;

/// <summary>The OpenAPI document at <c>/openapi/v1.json</c> and pages to read it at <c>/reference</c>. Each operation says its role and its problems.</summary>
static class ApiReference
{
    const string Document = "v1";

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
        document.AddSchemaTransformer(ApiSchemas.TransformAsync);
        document.AddOperationTransformer(ApiOperations.TransformAsync);
        document.AddDocumentTransformer(ApiSchemas.FinishAsync);
    });

    /// <summary>Maps both.</summary>
    public static void MapApiReference(this WebApplication app)
    {
        // A machine with too much to do takes its time: half a document is of no use.
        app.MapOpenApi().RequireAccess(AccessRole.Viewer).DisableRequestTimeout();
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
}
