using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Spark.Engines;

/// <summary>Choice of the engine that runs the models.</summary>
public sealed class EngineOptions
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Spark";

    /// <summary><c>duckdb</c>, in this process, or <c>spark</c>.</summary>
    /// <value><c>duckdb</c>.</value>
    [AllowedValues("duckdb", "spark", ErrorMessage = "Spark:Engine must be 'duckdb' or 'spark'.")]
    public string Engine { get; set; } = "duckdb";
}

/// <summary>Checks <see cref="EngineOptions"/> when the host starts.</summary>
[OptionsValidator]
public sealed partial class EngineOptionsValidator : IValidateOptions<EngineOptions>;
