using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Elsa;

/// <summary>Format of problems below <see cref="ElsaRoutes.Root"/>, as a stock server writes them.</summary>
sealed class ElsaProblems : IProblemFormat
{
    /// <inheritdoc/>
    public bool LeavesStatusesBare => true;

    /// <summary>Whether a request is for Elsa's API.</summary>
    public bool IsFor(HttpContext context) => context.Request.Path.StartsWithSegments("/elsa", StringComparison.OrdinalIgnoreCase);

    /// <summary>Creates the error for a request that is refused, with all reasons.</summary>
    public static ApiException Refused(params IReadOnlyList<string> errors) => new(400, "request.refused", string.Join(' ', errors)) { Details = ApiProblems.Details("errors", errors) };

    /// <summary>Writes the body; the status is set. 401, 403 and 404 have none.</summary>
    public Task WriteAsync(HttpContext context, ApiException problem)
    {
        if (problem.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status404NotFound) return Task.CompletedTask;
        if (problem.Status is StatusCodes.Status422UnprocessableEntity) context.Response.StatusCode = StatusCodes.Status400BadRequest;
        IReadOnlyList<string> errors = problem.Details.GetValueOrDefault("errors") as IReadOnlyList<string>
            ?? (problem.Details.GetValueOrDefault("problems") is IReadOnlyList<DefinitionProblem> problems ? [.. problems.Select(found => found.ToString())] : [problem.Message]);
        var body = new { context.Response.StatusCode, Message = "One or more errors occurred!", Errors = new { GeneralErrors = errors } };
        return context.Response.WriteAsJsonAsync(body, ElsaJson.Options, ApiProblem.MediaType, CancellationToken.None);
    }
}
