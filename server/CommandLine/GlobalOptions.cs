using System.CommandLine;
using System.Globalization;
using Orchestrator.Activities.Store;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary>The options of every command.</summary>
sealed class GlobalOptions
{
    readonly Option<string> data = new("--data")
    {
        Description = "The data folder.", HelpName = "DIR", Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(PlatformOptions.DataVariable) is { Length: > 0 } given ? given : ".data",
    };
    readonly Option<string?> postgres = new("--postgres")
    {
        Description = "Use this PostgreSQL server instead of starting one.", HelpName = "CONNECTION_STRING", Recursive = true,
    };
    readonly Option<Uri?> store = new("--store")
    {
        Description = "Object store, such as file:///srv/store or s3://bucket/prefix; default DIR/store.", HelpName = "URI",
        Recursive = true,
        CustomParser = result => ReadStore(result.Tokens[0].Value, result.AddError),
    };
    readonly Option<string?> engine = new("--engine")
    {
        Description = "Engine of the models: duckdb (in this process) or spark; default duckdb.", HelpName = "ENGINE", Recursive = true,
    };
    readonly Option<string?> spark = new("--spark")
    {
        Description = "Spark Connect server of the engine spark, such as sc://host:15002/;token=….", HelpName = "ADDRESS", Recursive = true,
    };
    readonly Option<Uri?> server = new("--server")
    {
        Description = "Use this server; default the one that runs on DIR, else none.", HelpName = "URL", Recursive = true,
        CustomParser = result => ReadServer(result.Tokens[0].Value, result.AddError),
    };

    readonly Option<string?> tokenFile = new("--token-file")
    {
        Description = $"File with the API token for --server; else it is taken from {PlatformOptions.TokenVariable}.", HelpName = "FILE", Recursive = true,
    };

    /// <summary>Adds the options to the root command.</summary>
    public void AddTo(Command root)
    {
        root.Options.Add(data);
        root.Options.Add(postgres);
        root.Options.Add(store);
        root.Options.Add(engine.AcceptOnlyFromAmong("duckdb", "spark"));
        root.Options.Add(spark);
        root.Options.Add(server);
        root.Options.Add(tokenFile);
    }

    /// <summary>Reads the address of the server from the options or the environment; <see langword="null"/> if neither names one.</summary>
    public Uri? ReadServer(ParseResult parsed) => parsed.GetValue(server)
        ?? (FromEnvironment(PlatformOptions.ServerVariable) is { } address ? ReadServer(address, static message => throw new UsageException(message)) : null);

    /// <summary>Makes a command that works on this machine refuse <c>--server</c>, instead of silently answering from local data.</summary>
    public Command OnThisMachine(Command command)
    {
        command.Validators.Add(result =>
        {
            if (result.GetResult(server) is { Implicit: false })
                result.AddError($"'{command.Name}' works on this machine and asks no server. Leave --server out, or give the command on the server's machine.");
        });
        return command;
    }

    /// <summary>Reads the API token for the server; <see langword="null"/> if there is none.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public string? ReadToken(ParseResult parsed)
    {
        if (parsed.GetValue(tokenFile) is not { } file) return FromEnvironment(PlatformOptions.TokenVariable);
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : throw new UsageException($"The token file '{file}' is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The token file '{file}' cannot be read: {error.Message}");
        }
    }

    /// <summary>Reads the platform's options from the command line, else from the environment.</summary>
    public PlatformOptions Read(ParseResult parsed) => new(
        parsed.GetValue(data)!, parsed.GetValue(postgres) ?? FromEnvironment(PlatformOptions.PostgresVariable),
        parsed.GetValue(store) ?? StoreOfSettings(),
        FromEnvironment(PlatformOptions.PostgresPortVariable) is { } port ? ReadPort(port) : null)
    {
        Engine = parsed.GetValue(engine) ?? FromEnvironment(PlatformOptions.EngineVariable),
        Spark = parsed.GetValue(spark) ?? FromEnvironment(PlatformOptions.SparkVariable),
        IsStoreShared = Settings.Read().GetValue<bool>(PlatformOptions.StoreSharedSetting),
    };

    static string? FromEnvironment(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    static Uri? StoreOfSettings() =>
        (FromEnvironment(PlatformOptions.StoreVariable) ?? Settings.Read()[PlatformOptions.StoreSetting]) is { Length: > 0 } address
            ? ReadStore(address, static message => throw new UsageException(message))
            : null;

    static int ReadPort(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65_536
        ? port
        : throw new UsageException($"{PlatformOptions.PostgresPortVariable} is '{text}', but must be a port from 1 to 65535.");

    static Uri? ReadServer(string text, Action<string> addError)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            if (address is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" }) return address;
            addError($"'{text}' has more than scheme, host and port, which is all that names a server. "
                + $"Write it such as --server {address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}.");
            return null;
        }
        addError($"'{text}' is not the address of a server. Write it such as --server {ServerOptions.DefaultUrl}.");
        return null;
    }

    static Uri? ReadStore(string text, Action<string> addError)
    {
        try
        {
            return ObjectStores.ReadAddress(text);
        }
        catch (FormatException error)
        {
            addError(error.Message);
            return null;
        }
    }
}
