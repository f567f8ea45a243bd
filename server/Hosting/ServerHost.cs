using System.Net;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Access;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Hosting;

/// <summary>Parts of a server beside its options.</summary>
/// <param name="Engine">The engine that runs the models.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logging">Configures the log.</param>
public sealed record ServerParts(EnginePart Engine, TimeProvider Time, Action<ILoggingBuilder> Logging)
{
    /// <summary>Changes the services after registration; for tests.</summary>
    public Action<IServiceCollection> Services { get; init; } = static _ => { };
}

/// <summary>The running server: the platform with its API and background services.</summary>
public sealed partial class ServerHost : IAsyncDisposable
{
    /// <summary>Prefix of a Unix socket's address in Kestrel.</summary>
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

    /// <summary>Services of the server.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>Addresses that the server listens on, with ports.</summary>
    public IReadOnlyList<Uri> Addresses => [.. AddressesOf(app).Select(url => new Uri(url))];

    /// <summary>Starts the server: PostgreSQL if none is given, the schemas, then everything that its roles require.</summary>
    /// <exception cref="PlatformException">The server cannot start; the message says what to do.</exception>
    public static async Task<ServerHost> StartAsync(
        PlatformOptions platform, ServerOptions options, ServerParts parts, IConfiguration configuration, ServerShutdown shutdown, CancellationToken cancellationToken)
    {
        WebApplication? built = null;
        var socket = options is { Socket: null } && options.Roles.HasFlag(ServerRoles.Api) ? new LocalSocket() : null;
        options = options with { CommandSocket = socket?.Path };
        var stores = new PlatformStorage(platform, sentence => { if (built is not null) StorageNotice(LogOf(built), sentence); }, parts.Time);
        // Builds the host while PostgreSQL starts.
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
            // Before the log says that the server listens, so that readers of the log find it.
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

    /// <summary>Runs until the server is asked to stop, then lets runs finish while the API still answers.</summary>
    /// <returns>False if a background service failed and stopped the server.</returns>
    public async Task<bool> RunAsync()
    {
        var lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asked = shutdown.Drain.UnsafeRegister(static task => ((TaskCompletionSource)task!).TrySetResult(), ended);
        await using var failed = lifetime.ApplicationStopping.UnsafeRegister(static task => ((TaskCompletionSource)task!).TrySetResult(), ended);
        await ended.Task.WaitAsync(StartIsOver, app.Services.GetRequiredService<TimeProvider>(), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Frees the garbage of the start: an idle server would keep it for hours.
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

    /// <summary>Prepares the database for the server: imports shipped definitions and checks that users exist.</summary>
    static async Task PrepareAsync(IServiceProvider services, ServerOptions options, AccessMode access, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<ShippedDefinitions>().ImportAsync(cancellationToken);
        if (!options.Roles.HasFlag(ServerRoles.Api)) return;
        var password = services.GetRequiredService<IOptions<AccessOptions>>().Value.AdminPassword;
        await services.GetRequiredService<UserStore>().RequireAnyAsync(access, password, cancellationToken);
    }

    static IEnumerable<string> AddressesOf(WebApplication server) => server.Urls.Where(url => !url.StartsWith(SocketScheme,
        StringComparison.Ordinal));

    // A server that listens on every address is reached by loopback on this machine.
    static Uri ReachableOf(Uri url) => IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        ? new UriBuilder(url) { Host = "127.0.0.1" }.Uri
        : url;

    static ILogger LogOf(WebApplication server) => server.Services.GetRequiredService<ILogger<ServerHost>>();

    [LoggerMessage(4010, LogLevel.Information, "Listening on {Addresses} as {Roles}{Workers}.")]
    static partial void Listening(ILogger log, string addresses, string roles, string workers);

    [LoggerMessage(4011, LogLevel.Information, "No login: {Reason}.")]
    static partial void NoLogin(ILogger log, string reason);

    [LoggerMessage(4081, LogLevel.Information, "Login is required: {Reason}.")]
    static partial void NeedsLogin(ILogger log, string reason);

    [LoggerMessage(4082, LogLevel.Warning,
        "{Url} is not encrypted: others can read passwords and tokens in transit. Use https, or an https proxy.")]
    static partial void NotEncrypted(ILogger log, Uri url);

    [LoggerMessage(4012, LogLevel.Information,
        "Stopping: nothing new starts; running work is finished or handed over. A second request stops at once.")]
    static partial void Draining(ILogger log);

    [LoggerMessage(4013, LogLevel.Information, "Stopped.")]
    static partial void Ended(ILogger log);

    [LoggerMessage(4014, LogLevel.Warning, "{Notice}")]
    static partial void StorageNotice(ILogger log, string notice);
}
