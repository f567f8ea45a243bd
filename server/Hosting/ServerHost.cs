using System.Net;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Access;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Hosting;

/// <summary>What a server is made of beside its options.</summary>
/// <param name="Engine">The engine that runs the models.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logging">Where its log goes.</param>
public sealed record ServerParts(EnginePart Engine, TimeProvider Time, Action<ILoggingBuilder> Logging)
{
    /// <summary>Changes the services after all have been added; for tests.</summary>
    public Action<IServiceCollection> Services { get; init; } = static _ => { };
}

/// <summary>The running server: the platform with its API and what works in the background.</summary>
public sealed partial class ServerHost : IAsyncDisposable
{
    /// <summary>How Kestrel writes the address of a Unix socket.</summary>
    internal const string SocketScheme = "http://unix:";

    static readonly TimeSpan StartIsOver = TimeSpan.FromSeconds(30);

    readonly WebApplication app;
    readonly PlatformStorage storage;
    readonly ServerShutdown shutdown;
    readonly ILogger log;
    readonly LocalSocket? commands;
    readonly LocalServer? announced;

    ServerHost(WebApplication app, PlatformStorage storage, ServerShutdown shutdown, LocalSocket? commands, LocalServer? announced) =>
        (this.app, this.storage, this.shutdown, this.commands, this.announced, log) = (app, storage, shutdown, commands, announced,
            LogOf(app));

    /// <summary>Its services.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>Where it listens, ports included.</summary>
    public IReadOnlyList<Uri> Addresses => [.. AddressesOf(app).Select(url => new Uri(url))];

    /// <summary>Starts it: PostgreSQL where none is given, the schemas, then all that the roles say.</summary>
    /// <exception cref="PlatformException">It cannot start, with what to do.</exception>
    public static async Task<ServerHost> StartAsync(
        PlatformOptions platform, ServerOptions options, ServerParts parts, IConfiguration configuration, ServerShutdown shutdown, CancellationToken cancellationToken)
    {
        WebApplication? built = null;
        var socket = options is { Socket: null } && options.Roles.HasFlag(ServerRoles.Api) ? new LocalSocket() : null;
        options = options with { CommandSocket = socket?.Path };
        var stores = new PlatformStorage(platform, sentence => { if (built is not null) StorageNotice(LogOf(built), sentence); }, parts.Time);
        // The program's own part of the start goes on while PostgreSQL starts.
        Task? started = stores.StartAsync(cancellationToken);
        try
        {
            built = ServerComposition.Build(stores, options, parts, configuration, shutdown);
            var access = built.Services.GetRequiredService<AccessMode>();
            await new StartWait(options, configuration, parts.Time, built.Services.GetRequiredService<ILogger<StartWait>>()).StartAsync(async () =>
            {
                var storing = Interlocked.Exchange(ref started, null) ?? stores.StartAsync(cancellationToken);
                await storing;
                await PrepareAsync(built.Services, options, access, cancellationToken);
            }, cancellationToken);
            await built.ListenAsync(options.Urls, cancellationToken);
            if (options.Socket is not null) return new(built, stores, shutdown, commands: null, announced: null);
            // Before it says that it listens: who has read that finds it.
            var note = socket is null ? null : LocalServer.Announce(platform, ReachableOf(new Uri(AddressesOf(built).First())), socket.Path);
            Listening(LogOf(built), string.Join(" and ", AddressesOf(built)), string.Join(", ", options.Roles.Names),
                options.Roles.HasFlag(ServerRoles.Worker) ? $" with {options.Workers} workers" : "");
            if (access.NeedsLogin) NeedsLogin(LogOf(built), access.Reason);
            else NoLogin(LogOf(built), access.Reason);
            if (options.Urls.FirstOrDefault(url => !url.IsLoopback && url.Scheme == Uri.UriSchemeHttp) is { } open) NotEncrypted(LogOf(built), open);
            return new(built, stores, shutdown, socket, note);
        }
        catch (Exception error)
        {
            if (started is not null) await started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (built is not null) await built.DisposeAsync();
            await stores.DisposeAsync();
            socket?.Dispose();
            if (Settings.ProblemOf(error) is { } problem) throw problem;
            throw;
        }
    }

    /// <summary>Works until it is asked to end, then lets what runs finish while the API still answers.</summary>
    /// <returns>False where a part of it failed, so that it ended by itself.</returns>
    public async Task<bool> RunAsync()
    {
        var lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asked = shutdown.Drain.UnsafeRegister(static task => ((TaskCompletionSource)task!).TrySetResult(), ended);
        await using var failed = lifetime.ApplicationStopping.UnsafeRegister(static task => ((TaskCompletionSource)task!).TrySetResult(), ended);
        await ended.Task.WaitAsync(StartIsOver, app.Services.GetRequiredService<TimeProvider>(), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // What only the start needed would stay: a server with little to do uses up the collector's budget in hours.
        if (!ended.Task.IsCompleted) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await ended.Task;
        var isAsked = shutdown.Drain.IsCancellationRequested;
        if (isAsked)
        {
            Draining(log);
            await Task.WhenAll(app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Select(service => service.ExecuteTask ?? Task.CompletedTask))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        announced?.Withdraw(storage.Options);
        await app.StopAsync(shutdown.Stop);
        Ended(log);
        return isAsked;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        announced?.Withdraw(storage.Options);
        await app.DisposeAsync();
        await storage.DisposeAsync();
        commands?.Dispose();
    }

    /// <summary>Prepares the database for the server: what ships, and who may log in.</summary>
    static async Task PrepareAsync(IServiceProvider services, ServerOptions options, AccessMode access, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<ShippedDefinitions>().ImportAsync(cancellationToken);
        if (!options.Roles.HasFlag(ServerRoles.Api)) return;
        var password = services.GetRequiredService<IOptions<AccessOptions>>().Value.AdminPassword;
        await services.GetRequiredService<UserStore>().RequireAnyAsync(access, password, cancellationToken);
    }

    static IEnumerable<string> AddressesOf(WebApplication server) => server.Urls.Where(url => !url.StartsWith(SocketScheme,
        StringComparison.Ordinal));

    // Who listens everywhere is reached on this machine by its loopback address.
    static Uri ReachableOf(Uri url) => IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        ? new UriBuilder(url) { Host = "127.0.0.1" }.Uri
        : url;

    static ILogger LogOf(WebApplication server) => server.Services.GetRequiredService<ILogger<ServerHost>>();

    [LoggerMessage(4010, LogLevel.Information, "Listening on {Addresses} as {Roles}{Workers}.")]
    static partial void Listening(ILogger log, string addresses, string roles, string workers);

    [LoggerMessage(4011, LogLevel.Information, "No login: {Reason}.")]
    static partial void NoLogin(ILogger log, string reason);

    [LoggerMessage(4081, LogLevel.Information, "Login is needed: {Reason}.")]
    static partial void NeedsLogin(ILogger log, string reason);

    [LoggerMessage(4082, LogLevel.Warning, "{Url} is not encrypted: passwords and tokens can be read on their way. Use https, or a proxy in front that does.")]
    static partial void NotEncrypted(ILogger log, Uri url);

    [LoggerMessage(4012, LogLevel.Information, "Asked to end: nothing new begins, and what runs is finished or handed over. Asking again stops at once.")]
    static partial void Draining(ILogger log);

    [LoggerMessage(4013, LogLevel.Information, "Ended.")]
    static partial void Ended(ILogger log);

    [LoggerMessage(4014, LogLevel.Warning, "{Notice}")]
    static partial void StorageNotice(ILogger log, string notice);
}
