namespace Orchestrator.Activities.Sales;

/// <summary>The folders that imports read. The host fills it in; without folders, imports read nothing.</summary>
public sealed class ImportFolderOptions
{
    /// <summary>Section of the settings; its value <c>Folders</c> lists the folders, separated by semicolons or as an array.</summary>
    public const string Section = "Import";

    /// <summary>Folders whose files may be imported, with all below them. Default none.</summary>
    public IReadOnlyList<string> Allowed { get; set; } = [];

    /// <summary>Folders of the platform itself, whose files are never imported, even below an allowed folder.</summary>
    public IReadOnlyList<string> Forbidden { get; set; } = [];
}
