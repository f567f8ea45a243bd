using Orchestrator.Activities.Sales;
using Orchestrator.Server.Access;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Secrets;

namespace Orchestrator.Server.Composition;

/// <summary>Decides from which folders imports may read.</summary>
static class ImportFolderSettings
{
    /// <summary>
    /// Allows the listed folders. Without a list, the working directory is allowed for a single local user, whose files these are anyway,
    /// and nothing if others can start runs. The platform's own folders are never allowed.
    /// </summary>
    /// <param name="server">The server; <see langword="null"/> for a command.</param>
    /// <param name="handover">Folder of the files that activities pass on; <see langword="null"/> if it is not configured.</param>
    public static void Apply(
        ImportFolderOptions folders, ServerOptions? server, PlatformOptions platform, string? handover, IConfiguration configuration)
    {
        var needsLogin = configuration.GetValue($"{AccessOptions.Section}:{nameof(AccessOptions.RequireLogin)}", false);
        var isShared = AccessMode.WhyShared(server, platform, needsLogin) is not null;
        var here = Directory.GetCurrentDirectory();
        var listed = Listed(configuration);
        // The root of the file system does not count as a working directory: services often start there.
        folders.Allowed = listed.Count > 0 ? listed : isShared || here == Path.GetPathRoot(here) ? [] : [here];
        folders.Forbidden =
        [
            .. new[]
            {
                platform.DataDirectory, handover, configuration[$"{SecretOptions.Section}:{nameof(SecretOptions.KeyFolder)}"],
                platform.StoreAddress.IsFile ? platform.StoreAddress.LocalPath : null,
            }.OfType<string>().Where(folder => folder.Length > 0),
        ];
    }

    static List<string> Listed(IConfiguration configuration)
    {
        var section = configuration.GetSection($"{ImportFolderOptions.Section}:Folders");
        var texts = section.GetChildren().Select(entry => entry.Value).Prepend(section.Value);
        const StringSplitOptions parts = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        return [.. texts.SelectMany(text => (text ?? "").Split(';', parts))];
    }
}
