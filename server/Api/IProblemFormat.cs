using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Api;

/// <summary>Format of problems for clients that expect another one than RFC 9457.</summary>
interface IProblemFormat
{
    /// <summary>Whether an answer without a body stays as it is.</summary>
    bool LeavesStatusesBare { get; }

    /// <summary>Whether the client of a request expects this form.</summary>
    bool IsFor(HttpContext context);

    /// <summary>Writes the body. The status of the answer is set.</summary>
    Task WriteAsync(HttpContext context, ApiException problem);
}
