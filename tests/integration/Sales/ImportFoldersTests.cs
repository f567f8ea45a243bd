using Orchestrator.Activities.Sales.Import;

namespace Orchestrator.Tests.Integration.Sales;

public sealed class ImportFoldersTests : IDisposable
{
    const string Row = ImportScene.Header + "C1,S1,2026-10-01,1,1\n";

    readonly ImportScene scene = new();
    readonly string inside;

    public ImportFoldersTests()
    {
        inside = Directory.CreateDirectory(Path.Combine(scene.Folder, "in")).FullName;
        scene.Allowed = [inside];
    }

    public void Dispose() => scene.Dispose();

    [Fact]
    public async Task Files_below_a_listed_folder_are_read()
    {
        scene.Write("in/2026/10/sales.csv", Row);
        Assert.Single((await scene.ImportAsync(inside)).Sales);
        Assert.Single((await scene.ImportAsync(Path.Combine(inside, "2026", "10", "*.csv"))).Sales);
        Assert.Single((await scene.ImportAsync(Path.Combine(inside, "..", "in", "2026", "10", "sales.csv"))).Sales);
    }

    [Fact]
    public async Task Nothing_is_read_where_nothing_is_listed()
    {
        scene.Allowed = [];
        await scene.FailsAsync("import.no_folders",
            "No folder is listed that imports may read. " +
            "An administrator lists folders in the setting Import:Folders, such as Import__Folders=/srv/sales.",
            scene.Write("in/sales.csv", Row));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/etc/shadow")]
    [InlineData("/no/such/file.csv")]
    [InlineData("/proc/self/environ")]
    [InlineData("/")]
    [InlineData("in/../secret.csv")]
    [InlineData("inside.csv")]
    [InlineData("*.csv")]
    [InlineData(".")]
    public async Task A_source_elsewhere_is_refused_the_same_way_whether_it_exists_or_not(string source)
    {
        scene.Write("secret.csv", "SECRET");
        scene.Write("inside.csv", "SECRET");
        var path = Path.Combine(scene.Folder, source);
        await RefusedAsync("source", path, path);
    }

    [Fact]
    public async Task Links_that_lead_out_are_refused()
    {
        var secret = scene.Write("secret/secret.csv", Row);
        File.CreateSymbolicLink(Path.Combine(inside, "a.csv"), secret);
        await RefusedAsync("source", At("a.csv"), At("a.csv"));
        await RefusedAsync("file", At("a.csv"), At("*.csv"));
        File.Delete(At("a.csv"));
        Directory.CreateSymbolicLink(At("more"), Path.GetDirectoryName(secret)!);
        await RefusedAsync("source", At("more/secret.csv"), At("more/secret.csv"));
        await RefusedAsync("source", At("more/*.csv"), At("more/*.csv"));

        string At(string name) => Path.Combine(inside, name);
    }

    [Fact]
    public async Task Links_within_the_listed_folders_are_followed()
    {
        scene.Write("in/real/sales.csv", Row);
        File.CreateSymbolicLink(Path.Combine(inside, "latest.csv"), Path.Combine(inside, "real", "sales.csv"));
        Assert.Single((await scene.ImportAsync(Path.Combine(inside, "latest.csv"))).Sales);
        Directory.CreateSymbolicLink(Path.Combine(scene.Folder, "mount"), inside);
        scene.Allowed = [Path.Combine(scene.Folder, "mount")];
        Assert.Single((await scene.ImportAsync(Path.Combine(inside, "real", "sales.csv"))).Sales);
    }

    [Fact]
    public async Task The_platforms_own_data_is_never_read()
    {
        scene.Allowed = [scene.Folder];
        scene.Forbidden = [Path.Combine(scene.Folder, "data")];
        var token = scene.Write("data/server.json", """{"url":"http://127.0.0.1:5080","token":"SECRET"}""");
        await RefusedAsync("source", token, token);
        await RefusedAsync("source", Path.Combine(scene.Folder, "data", "*"), Path.Combine(scene.Folder, "data", "*"));
        await RefusedAsync("file", token, scene.Folder);
        File.CreateSymbolicLink(Path.Combine(inside, "a.json"), token);
        await RefusedAsync("file", Path.Combine(inside, "a.json"), inside);
    }

    [Fact]
    public void What_was_opened_is_read_even_if_its_name_leads_elsewhere_afterwards()
    {
        var path = scene.Write("in/sales.csv", Row);
        var secret = scene.Write("secret.csv", "SECRET");
        using var folders = new ImportFolders(new() { Allowed = [inside] }, Path.Combine(scene.Folder, "scratch"));
        var files = folders.Open(SourceFiles.Find(folders.Check(path)));
        File.Delete(path);
        File.CreateSymbolicLink(path, secret);
        Assert.Equal(Row, File.ReadAllText(Assert.Single(files.Paths)));
        Assert.Equal("sales.csv", files.NameOf(0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("in/\0.csv")]
    public Task A_source_that_is_no_path(string source) => scene.FailsAsync("import.invalid_input",
        "The input source is empty or no path. Give a file, a folder, or a glob such as 'sales/2026-*.csv'.", source);

    Task RefusedAsync(string kind, string path, string source) => scene.FailsAsync("import.folder_not_allowed",
        $"The {kind} '{path}' is not below a folder that imports may read ({scene.Allowed[0]}), leads out of it by a link, " +
        "or lies in the platform's own data. " +
        "Move it there, or have an administrator add its folder to the setting Import:Folders.", source);
}
