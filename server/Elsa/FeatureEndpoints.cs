using System.Reflection;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.Elsa;

/// <summary>A feature of Elsa that the server has.</summary>
sealed record InstalledFeature(string Name, string Namespace, string Description)
{
    public string FullName => $"{Namespace}.{Name}";
    public string DisplayName => Name;
}

/// <summary>Credentials of a login.</summary>
sealed record ElsaLogin(string? Username, string? Password);

/// <summary>Endpoints that list Elsa's features and answer for those that do not exist here, so that clients keep working.</summary>
static class FeatureEndpoints
{
    static ElsaList<InstalledFeature> Installed { get; } = new(
    [
        new("Workflows", "Elsa", "The durable runtime."), new("Flowchart", "Elsa", "Activities with connections between them."),
        new("WorkflowManagement", "Elsa", "Definitions with their versions."), new("WorkflowInstances", "Elsa", "Runs."), new("WorkflowRuntime", "Elsa", "Runs that outlive the server."),
        new("WorkflowsApi", "Elsa", "This API."), new("Identity", "Elsa", "People who log in."), new("Expressions", "Elsa", "Values that are computed."),
        new("JavaScript", "Elsa", "Expressions in JavaScript."), new("Liquid", "Elsa", "Texts by Liquid."), new("Http", "Elsa", "Requests to other servers."),
        new("Scheduling", "Elsa", "Activities that wait."), new("RealTimeWorkflowUpdates", "Elsa", "Runs are shown as they happen."),
        new("Resilience", "Elsa", "Attempts that failed are repeated."),
    ]);

    static string Version { get; } = typeof(FeatureEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    public static void Map(RouteGroupBuilder elsa)
    {
        elsa.MapGet("/features/installed", static () => Installed).RequireAccess(AccessRole.Viewer);
        elsa.MapGet("/features/installed/{fullName}", static (string fullName) => Installed.Items.FirstOrDefault(feature => feature.FullName == fullName)).RequireAccess(AccessRole.Viewer);
        elsa.MapGet("/package/version", static () => new { PackageVersion = Version }).RequireAccess(AccessRole.Viewer);
        // Retries are set by each activity's retry policy, so there are no strategies to choose from.
        elsa.MapGet("/resilience/strategies", static () => new ElsaList<string>([])).RequireAccess(AccessRole.Viewer);
        elsa.MapGet("/alterations", static () => new ElsaList<string>([])).RequireAccess(AccessRole.Viewer);
        elsa.MapPost("/tests/activities", RefuseTest).RequireAccess(AccessRole.Viewer).ChangesNothing();
        elsa.MapPost("/identity/login", LogInAsync).NeedsNoLogin();
    }

    // Activities execute only in runs, since their effects need an owner. The Studio shows the message.
    static object RefuseTest() => new
    {
        Outcomes = Array.Empty<string>(),
        Outputs = new Dictionary<string, string>(),
        ActivityState = new Dictionary<string, string>(),
        Status = "Faulted",
        Exception = new ExceptionState("test.not_supported", "An activity cannot be tried alone here, since what it writes would belong to no run. Run the workflow, or rerun this activity alone from the run's page."),
    };

    /// <summary>Logs a user in. As in Elsa, a wrong password is answered with 200 too. The token lives and ends with the login.</summary>
    static async Task<object> LogInAsync(ElsaBody<ElsaLogin> body, HttpContext context, AccessMode mode, Logins logins, SessionStore sessions, CancellationToken cancellationToken)
    {
        if (!mode.NeedsLogin) return new { IsAuthenticated = true, AccessToken = "", RefreshToken = "" };
        var result = await logins.TryAsync(body.Value.Username ?? "", body.Value.Password ?? "", context.ClientAddress, before: null, cancellationToken);
        if (result.Secret is not { } secret) return new { IsAuthenticated = false };
        return new { IsAuthenticated = true, AccessToken = await sessions.StudioTokenAsync(secret, cancellationToken) };
    }
}
