using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Spark.Connect;

/// <summary>Options of models on Spark.</summary>
public sealed class SparkConnectOptions
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Spark:Connect";

    /// <summary>Address of the Spark Connect server, such as <c>sc://host:15002/;token=…</c>; see <see cref="SparkAddress"/>.</summary>
    /// <value>None; needed where the engine is <c>spark</c>.</value>
    public string? Address { get; set; }

    /// <summary>PEM file with the authority that the server's certificate is trusted by; none = those that the system trusts.</summary>
    public string? CertificateAuthority { get; set; }

    /// <summary>Largest message in MiB that is taken from the server or sent to it.</summary>
    /// <value>128, which is the server's own limit.</value>
    [Range(1, 1024)]
    public int MessageSizeMiB { get; set; } = 128;

    /// <summary>Time for which a query waits for a server that does not answer before it fails.</summary>
    /// <value>One minute.</value>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Outage { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Parts that a sum, or a join of two large tables, spreads its rows over. Each part of a table that is sorted becomes a file.
    /// </summary>
    /// <value>1: dimensions and marts of some million sales are small, and facts need none. More for a cluster and tens of
    /// millions.</value>
    [Range(1, 10_000)]
    public int ShufflePartitions { get; set; } = 1;

    /// <summary>
    /// Whether Spark plans again after each stage (<c>spark.sql.adaptive.enabled</c>). For small tables planning costs more than it saves.
    /// </summary>
    /// <value>False.</value>
    public bool PlansAdaptively { get; set; }

    /// <summary>Size in MiB up to which a table goes to every worker as a whole instead of being spread for a join.</summary>
    /// <value>64.</value>
    [Range(0, 1024)]
    public int BroadcastMiB { get; set; } = 64;

    /// <summary>Rows after which a file of a table ends and the next one starts.</summary>
    /// <value>5,000,000, so that no file of sales passes 256 MiB.</value>
    [Range(1, 1_000_000_000)]
    public int RowsPerFile { get; set; } = 5_000_000;
}

/// <summary>Checks <see cref="SparkConnectOptions"/> when the host starts.</summary>
[OptionsValidator]
public sealed partial class SparkConnectOptionsValidator : IValidateOptions<SparkConnectOptions>;
