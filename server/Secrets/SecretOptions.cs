namespace Orchestrator.Server.Secrets;

/// <summary>Settings of the keys that encrypt secrets.</summary>
public sealed class SecretOptions
{
    /// <summary>Section of the settings.</summary>
    public const string Section = "Secrets";

    /// <summary>Folder of the keys that the values are encrypted with, the same for all processes of one database. Default: <c>keys</c> in the data folder.</summary>
    public string? KeyFolder { get; set; }
}
