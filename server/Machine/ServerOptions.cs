using System.Globalization;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Machine;

/// <summary>Roles of a server process.</summary>
[Flags]
public enum ServerRoles
{
    /// <summary>Only health checks.</summary>
    None = 0,

    /// <summary>Answers requests.</summary>
    Api = 1,

    /// <summary>Starts runs when they are due.</summary>
    Scheduler = 2,

    /// <summary>Drives runs.</summary>
    Worker = 4,

    /// <summary>Everything.</summary>
    All = Api | Scheduler | Worker,
}

/// <summary>Options of the server.</summary>
public sealed record ServerOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Server";

    /// <summary>Default address.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5080";

    const int MostWorkers = 1_000, LongestWaitSeconds = 86_400;

    /// <summary>Addresses to listen on. Without the role <c>api</c>, only health checks, by default on a free port of 127.0.0.1.</summary>
    public required IReadOnlyList<Uri> Urls { get; init; }

    /// <summary>Runs at once. Default 4.</summary>
    public int Workers { get; init; } = 4;

    /// <summary>Time that the start waits for PostgreSQL. Default none; <c>serve</c> waits 60 s.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Whether the server has pages: it serves people, not only a command in its own process.</summary>
    public bool HasPages => Socket is null && Roles.HasFlag(ServerRoles.Api);

    /// <summary>Roles of this process. Default all.</summary>
    public ServerRoles Roles { get; init; } = ServerRoles.All;

    /// <summary>Path of a Unix socket to listen on instead of <see cref="Urls"/>; used for the API inside a command's process.</summary>
    public string? Socket { get; init; }

    /// <summary>Path of a Unix socket to listen on beside <see cref="Urls"/>, for commands of the same user; <see langword="null"/> for
    /// none.</summary>
    internal string? CommandSocket { get; init; }

    /// <summary>Whether only this machine can reach the server.</summary>
    public bool IsLoopback => Socket is not null || Urls.All(url => url.IsLoopback);

    /// <summary>Reads each option from the command line, else from the configuration, else takes its default.</summary>
    /// <exception cref="UsageException">An option is invalid.</exception>
    public static ServerOptions Read(string? urls, int? workers, string? roles, int? waitSeconds, IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var what = ReadRoles(roles ?? section["Roles"] ?? "api,scheduler,worker");
        var where = urls ?? (what.HasFlag(ServerRoles.Api) ? section["Urls"] ?? DefaultUrl : "http://127.0.0.1:0");
        var many = workers?.ToString(CultureInfo.InvariantCulture) ?? section["Workers"] ?? "4";
        var wait = waitSeconds?.ToString(CultureInfo.InvariantCulture) ?? section["WaitSeconds"] ?? "60";
        return new()
        {
            Urls = [.. where.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ReadUrl)],
            Workers = ReadNumber(many, "workers", 1, MostWorkers),
            Roles = what,
            Wait = TimeSpan.FromSeconds(ReadNumber(wait, "seconds to wait", 0, LongestWaitSeconds)),
        };
    }

    static int ReadNumber(string text, string what, int least, int most) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new UsageException($"'{text}' is no number of {what}. Give {least} to {most}.");

    static Uri ReadUrl(string text)
    {
        // Kestrel's wildcards are not host names.
        var address = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.AbsolutePath == "/" && url.Query.Length == 0
            ? url
            : throw new UsageException($"'{text}' is not an address to listen on. Write it such as {DefaultUrl}.");
    }

    static ServerRoles ReadRoles(string text)
    {
        var roles = ServerRoles.None;
        foreach (var name in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            roles |= name.ToLowerInvariant() switch
            {
                "api" => ServerRoles.Api,
                "scheduler" => ServerRoles.Scheduler,
                "worker" => ServerRoles.Worker,
                _ => throw new UsageException($"'{name}' is not a role of the server. Give one or more of api, scheduler and worker, separated by commas."),
            };
        }
        return roles is ServerRoles.None ? throw new UsageException("The server has no role. Give one or more of api, scheduler and worker, separated by commas.") : roles;
    }
}

/// <summary>Names of server roles.</summary>
public static class ServerRoleNames
{
    extension(ServerRoles roles)
    {
        /// <summary>Names of the roles, as the command line writes them.</summary>
        public IEnumerable<string> Names => from role in new[] { ServerRoles.Api, ServerRoles.Scheduler, ServerRoles.Worker }
                                            where roles.HasFlag(role)
                                            select role.ToString().ToLowerInvariant();
    }
}
