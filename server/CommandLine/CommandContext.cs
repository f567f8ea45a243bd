using System.CommandLine;
using Orchestrator.Server.Client;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Postgres;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.CommandLine;

/// <summary>Objects that all commands share.</summary>
/// <param name="Terminal">Terminal of the process.</param>
/// <param name="Options">The options of every command.</param>
/// <param name="Workflows">The known workflow definitions.</param>
/// <param name="Engine">The engine that runs the models.</param>
sealed record CommandContext(Terminal Terminal, GlobalOptions Options, DefinitionLibrary Workflows, EnginePart Engine)
{
    /// <summary>Creates the option <c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Write JSON for programs." };

    /// <summary>Creates the option <c>--partition</c>.</summary>
    /// <param name="time">The clock, for suggestions.</param>
    public static Option<Partition?> Month(string name, string description, TimeProvider time)
    {
        var option = new Option<Partition?>(name)
        {
            Description = description, HelpName = "YYYY-MM",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (Partition.TryParse(text, out var partition)) return partition;
                result.AddError($"'{text}' is not a month. Write it as year and month, such as 2026-10.");
                return null;
            },
        };
        option.CompletionSources.Add(_ => Enumerable.Range(0, 12)
            .Select(back => new Partition(Partition.LastEnded(time).Start.AddMonths(-back)).ToString()));
        return option;
    }

    /// <summary>
    /// Connects to the server that the options name, else to the one that runs on the data folder, else to an API in this process, which
    /// lives as long as the client.
    /// </summary>
    public Task<ApiClient> ConnectAsync(ParseResult parsed, CancellationToken cancellationToken) => ConnectAsync(parsed, workers: 0, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(ParseResult, CancellationToken)"/>
    /// <param name="workers">Runs that this process drives at once if it has no server; 0 for none.</param>
    public async Task<ApiClient> ConnectAsync(ParseResult parsed, int workers, CancellationToken cancellationToken)
    {
        if (await FindServerAsync(parsed, cancellationToken) is { } server) return server;
        var parts = new ServerParts(Engine, Terminal.Time,
            logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new NoticeLoggerProvider(Terminal.Error.WriteLine, Terminal.Time)));
        return await InProcessServer.StartAsync(Options.Read(parsed), workers, parts, cancellationToken);
    }

    /// <summary>Reads a list. For a folder without data it returns an empty list and creates no database.</summary>
    /// <param name="empty">The list of a folder without data.</param>
    public async Task<T> ReadAsync<T>(ParseResult parsed, T empty, Func<ApiClient, Task<T>> read, CancellationToken cancellationToken)
    {
        if (!HasData(parsed)) return empty;
        await using var server = await ConnectAsync(parsed, cancellationToken);
        return await read(server);
    }

    /// <summary>Connects as <see cref="ConnectAsync(ParseResult, CancellationToken)"/> does, to data that must exist.</summary>
    /// <param name="workers">Runs that this process drives at once if it has no server; 0 for none.</param>
    /// <exception cref="UsageException">The data folder has no data.</exception>
    public Task<ApiClient> ConnectToDataAsync(ParseResult parsed, CancellationToken cancellationToken, int workers = 0) => HasData(parsed)
        ? ConnectAsync(parsed, workers, cancellationToken)
        : throw new UsageException($"There is no data in '{Path.GetFullPath(Options.Read(parsed).DataDirectory)}' yet. "
            + "'orchestrator run monthly-sales' makes some; --data names another folder, --server a server.");

    /// <summary>Whether there is data to read: in PostgreSQL, so with a server, or in the folder of an embedded one.</summary>
    public bool HasData(ParseResult parsed) => Options.ReadServer(parsed) is not null || Options.Read(parsed) is var options
        && (options.Postgres is not null || PostgresFolder.IsIn(options.DataDirectory));

    /// <summary>
    /// Finds the server that the options name, else the one that runs on the data folder; <see langword="null"/> if there is none.
    /// </summary>
    public async Task<ApiClient?> FindServerAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (Options.ReadServer(parsed) is { } named) return ApiClient.At(named, Options.ReadToken(parsed));
        if (LocalServer.Find(Options.Read(parsed)) is not { } local) return null;
        var client = ApiClient.Through(local.Socket, local.Url, owned: null);
        // Its process exists, so it is only too busy to answer: starting a second one on the same data would be wrong.
        if (await client.IsAliveAsync(TimeSpan.FromSeconds(20), Terminal.Time, cancellationToken)) return client;
        await client.DisposeAsync();
        // Its socket may be out of reach, such as in a private temporary folder. Then use its network address like any other client.
        client = ApiClient.At(local.Url, Options.ReadToken(parsed));
        if (await client.IsAliveAsync(TimeSpan.FromSeconds(5), Terminal.Time, cancellationToken)) return client;
        await client.DisposeAsync();
        return null;
    }

    /// <summary>Starts the platform for a command that reads or changes its data.</summary>
    public Task<Platform> StartAsync(ParseResult parsed, CancellationToken cancellationToken) => StartAsync(parsed, Terminal.Error.WriteLine, cancellationToken);

    /// <summary>Starts the platform.</summary>
    /// <param name="notice">Receives messages about the platform itself.</param>
    public Task<Platform> StartAsync(ParseResult parsed, Action<string> notice, CancellationToken cancellationToken) =>
        Platform.StartAsync(Options.Read(parsed), Engine, notice, Terminal.Time, cancellationToken);
}
