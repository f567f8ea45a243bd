using System.Security.Cryptography;
using Microsoft.AspNetCore.Authorization;
using Orchestrator.Server.Access;
using Scalar.AspNetCore;

namespace Orchestrator.Server.Api;

/// <summary>
/// The OpenAPI document at <c>/openapi/v1.json</c> and pages to read it at <c>/reference</c>. Each operation lists its role and problems.
/// </summary>
static class ApiReference
{
    const string Document = "v1";

    /// <summary>Adds the document.</summary>
    public static IServiceCollection AddApiReference(this IServiceCollection services) => services.AddOpenApi(Document, static document =>
    {
        document.AddDocumentTransformer(static (api, _, _) =>
        {
            api.Info = new() { Title = "Orchestrator", Version = Document, Description = "Workflows, their runs, and the data that they write." };
            // The reader knows the server's address.
            api.Servers?.Clear();
            return Task.CompletedTask;
        });
        document.AddSchemaTransformer(ApiSchemas.TransformAsync);
        document.AddOperationTransformer(ApiOperations.TransformAsync);
        document.AddDocumentTransformer(ApiSchemas.FinishAsync);
    });

    /// <summary>Maps the OpenAPI document and its pages.</summary>
    public static void MapApiReference(this WebApplication app)
    {
        // No timeout: on a busy machine the document takes long, and half of it is useless.
        app.MapOpenApi().RequireAccess(AccessRole.Viewer).DisableRequestTimeout();
        var pages = app.MapGroup("").RequireAccess(AccessRole.Viewer);
        // The package serves its scripts to everybody; here every route requires a role.
        ((IEndpointConventionBuilder)pages).Finally(static page =>
        {
            foreach (var open in page.Metadata.OfType<IAllowAnonymous>().ToList()) page.Metadata.Remove(open);
        });
        pages.MapScalarApiReference("/reference", static (reference, context) =>
        {
            // Everything comes from this server: no fonts, no assistant, no analytics; the policy below enforces that.
            var nonce = RandomNumberGenerator.GetHexString(32);
            reference.WithTitle("Orchestrator API").DisableDefaultFonts().DisableAgent().DisableMcp().DisableTelemetry().HideClientButton().WithNonce(nonce);
            context.Response.Headers.ContentSecurityPolicy =
                $"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";
        });
    }
}
