using Microsoft.Extensions.Configuration;
using Orchestrator.Activities.Sales;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Unit.Server;

public sealed class ImportFolderSettingsTests
{
    static readonly PlatformOptions Local = new("/work/.data"), Shared = new("/work/.data", Postgres: "Host=db");

    [Fact]
    public void A_single_local_user_imports_from_the_working_directory() =>
        Assert.Equal([Directory.GetCurrentDirectory()], Apply(Local).Allowed);

    [Fact]
    public void Where_others_can_start_runs_nothing_is_imported_before_a_folder_is_listed()
    {
        Assert.Empty(Apply(Shared).Allowed);
        Assert.Empty(Apply(Local, ("Access:RequireLogin", "true")).Allowed);
        Assert.Empty(Apply(Local, new ServerOptions { Urls = [new("http://0.0.0.0:5080")] }).Allowed);
    }

    [Fact]
    public void Folders_are_listed_in_one_text_or_as_an_array()
    {
        Assert.Equal(["/srv/sales", "/mnt/a b"], Apply(Shared, ("Import:Folders", "/srv/sales; /mnt/a b;")).Allowed);
        Assert.Equal(["/srv/sales", "/mnt/x"], Apply(Local, ("Import:Folders:0", "/srv/sales"), ("Import:Folders:1", "/mnt/x")).Allowed);
    }

    [Fact]
    public void Folders_of_the_platform_are_never_read()
    {
        var options = Local with { Store = new Uri("file:///mnt/store/") };
        Assert.Equal(["/work/.data", "/mnt/handover", "/mnt/keys", "/mnt/store/"], Apply(options, ("Secrets:KeyFolder", "/mnt/keys")).Forbidden);
    }

    static ImportFolderOptions Apply(PlatformOptions platform, params (string Key, string? Value)[] settings) =>
        Apply(platform, server: null, settings);

    static ImportFolderOptions Apply(PlatformOptions platform, ServerOptions? server, params (string Key, string? Value)[] settings)
    {
        var folders = new ImportFolderOptions();
        ImportFolderSettings.Apply(folders, server, platform, "/mnt/handover", Settings(settings));
        return folders;
    }

    static IConfigurationRoot Settings(params (string Key, string? Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))).Build();
}
