using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Server.Machine;

/// <summary>Options of the platform: data folder, PostgreSQL, object store and engine.</summary>
/// <param name="DataDirectory">The data folder; created if missing.</param>
/// <param name="Postgres">Connection string of a server to use; <see langword="null"/> for the embedded one.</param>
/// <param name="Store">Object store; <see langword="null"/> for the folder <c>store</c> in the data folder.</param>
/// <param name="PostgresPort">The only port of the embedded server; <see langword="null"/> for the first free one from 54320.</param>
public sealed record PlatformOptions(string DataDirectory, string? Postgres = null, Uri? Store = null, int? PostgresPort = null)
{
    /// <summary>Engine that runs the models: <c>duckdb</c> or <c>spark</c>; <see langword="null"/> to use the settings.</summary>
    public string? Engine { get; init; }

    /// <summary>
    /// Address of the Spark Connect server, such as <c>sc://host:15002/;token=…</c>; <see langword="null"/> to use the settings.
    /// </summary>
    public string? Spark { get; init; }

    /// <summary>Whether other users of the machine may use a store in a folder, subject to permissions and umask. Default false.</summary>
    public bool IsStoreShared { get; init; }

    /// <summary>Setting of <see cref="IsStoreShared"/>.</summary>
    public const string StoreSharedSetting = "Store:Shared";

    /// <summary>Environment variable with the engine.</summary>
    public const string EngineVariable = "ORCHESTRATOR_ENGINE";

    /// <summary>Environment variable with the address of the Spark Connect server.</summary>
    public const string SparkVariable = "ORCHESTRATOR_SPARK";

    /// <summary>Environment variable with the data folder.</summary>
    public const string DataVariable = "ORCHESTRATOR_DATA";

    /// <summary>Environment variable with a connection string.</summary>
    public const string PostgresVariable = "ORCHESTRATOR_POSTGRES";

    /// <summary>Setting with the object store's address.</summary>
    public const string StoreSetting = "Store:Address";

    /// <summary>Environment variable with the object store's address.</summary>
    public const string StoreVariable = "ORCHESTRATOR_STORE";

    /// <summary>Environment variable with the port of the embedded server.</summary>
    public const string PostgresPortVariable = "ORCHESTRATOR_POSTGRES_PORT";

    /// <summary>Environment variable with the address of the server that commands use.</summary>
    public const string ServerVariable = "ORCHESTRATOR_SERVER";

    /// <summary>Environment variable with the API token for that server.</summary>
    public const string TokenVariable = "ORCHESTRATOR_TOKEN";

    /// <summary>The object store to use.</summary>
    public Uri StoreAddress => Store ?? new Uri(Path.Combine(Path.GetFullPath(DataDirectory), "store") + Path.DirectorySeparatorChar);

    /// <summary>Folder for the files of executing attempts.</summary>
    public string WorkDirectory => Path.Combine(Path.GetFullPath(DataDirectory), "work");

    /// <summary>Fingerprint of the storage: differs between storages without revealing their addresses.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Postgres}\n{StoreAddress}")));
}
