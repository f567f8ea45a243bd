using Orchestrator.Server.Machine;

namespace Orchestrator.Server.Access;

/// <summary>Whether people must log in to this server.</summary>
/// <param name="Everybody">The caller that every request counts as; <see langword="null"/> if people must log in.</param>
/// <param name="Reason">The reason, as the end of a sentence.</param>
sealed record AccessMode(Caller? Everybody, string Reason)
{
    /// <summary>Whether people must log in.</summary>
    public bool NeedsLogin => Everybody is null;

    /// <summary>Decides whether people must log in: they need not only if nobody else reaches the server and the data is its own.</summary>
    public static AccessMode Of(ServerOptions server, PlatformOptions platform, bool isRequired) =>
        server.Socket is not null ? new(Caller.CommandLine(Environment.UserName), "only this process can reach it")
        : WhyShared(server, platform, isRequired) is { } reason ? new(null, reason)
        : new(Caller.Local, "loopback and embedded storage");

    /// <summary>Returns why others than a single local user can start runs; <see langword="null"/> if they cannot.</summary>
    /// <param name="server">The server; <see langword="null"/> for a command, which listens nowhere.</param>
    public static string? WhyShared(ServerOptions? server, PlatformOptions platform, bool isRequired) =>
        server is { IsLoopback: false } ? $"other machines can reach {string.Join(" and ", server.Urls)}"
        : platform.Postgres is not null ? "--postgres names a server that others can reach"
        : isRequired ? "Access:RequireLogin says so"
        : null;
}
