using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Spark.Engines;

/// <summary>Limits of a session of the embedded engine.</summary>
public sealed class DuckDbOptions
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Spark:DuckDb";

    /// <summary>Memory of one session in MiB; beyond it, the session spills to its scratch folder.</summary>
    /// <value>768.</value>
    [Range(64, 1 << 20)]
    public int MemoryLimitMiB { get; set; } = 768;

    /// <summary>Threads of one session; 0 = as many as the machine has cores.</summary>
    /// <value>0.</value>
    [Range(0, 1024)]
    public int Threads { get; set; }

    /// <summary>Size in MiB at which a file of a table ends and the next one starts; it is passed by one row group at most.</summary>
    /// <value>240, so that no file passes 256 MiB.</value>
    [Range(1, 1024)]
    public int FileSizeMiB { get; set; } = 240;
}

/// <summary>Checks <see cref="DuckDbOptions"/> when the host starts.</summary>
[OptionsValidator]
public sealed partial class DuckDbOptionsValidator : IValidateOptions<DuckDbOptions>;
