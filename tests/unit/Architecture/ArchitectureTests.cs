using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Orchestrator.Tests.Unit.Architecture;

public sealed class ArchitectureTests
{
    public static TheoryData<string, string[], string[]> Projects => new()
    {
        { "workflows", [], ["Cronos", "dbup-postgresql", "DotLiquid", "Jint", "Npgsql", "Microsoft.Extensions.*"] },
        { "spark", [], ["Apache.Arrow", "DuckDB.NET.Data.Full", "Google.Protobuf", "Grpc.Net.Client", "Grpc.Tools", "Microsoft.Extensions.*"] },
        { "activities", ["workflows", "spark"], ["AWSSDK.S3", "AWSSDK.SecurityToken", "dbup-postgresql", "Npgsql", "ZstdSharp.Port", "Microsoft.Extensions.*"] },
        { "server", ["workflows", "activities"], [
                "Microsoft.AspNetCore.OpenApi", "OpenTelemetry.*", "Quartz", "Scalar.AspNetCore", "Spectre.Console", "System.CommandLine",
                "Microsoft.Extensions.*",
            ] },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_references_only_what_the_dependency_rule_allows(string project, string[] projects, string[] packages)
    {
        var file = XDocument.Parse(Repository.Read(Repository.Files(".csproj").Single(path => path.StartsWith($"{project}/", StringComparison.Ordinal))));
        var referenced = file.Descendants("ProjectReference").Select(reference => reference.Attribute("Include")!.Value.Split('/')[1]);
        var used = file.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value);

        Assert.Empty(referenced.Except(projects));
        Assert.DoesNotContain(used, name => !packages.Any(allowed => name == allowed || (allowed.EndsWith('*') && name.StartsWith(allowed[..^1], StringComparison.Ordinal))));
    }

    /// <summary>What the types of a project must never use, as assemblies' names begin: its packages, and those of others that come with them.</summary>
    public static TheoryData<string, string[]> Unseen => new()
    {
        { "Orchestrator.Workflows", ["Orchestrator.Spark", "Quartz", "Microsoft.AspNetCore", "AWSSDK", "DuckDB", "Grpc", "Google.Protobuf", "Apache.Arrow"] },
        { "Orchestrator.Spark", ["Orchestrator.Workflows", "Quartz", "Microsoft.AspNetCore", "AWSSDK", "Npgsql"] },
        { "Orchestrator.Activities", ["Quartz", "Microsoft.AspNetCore", "DuckDB", "Grpc", "Google.Protobuf", "Apache.Arrow"] },
        { "Orchestrator.Server", ["DuckDB", "Grpc", "Google.Protobuf", "Apache.Arrow", "AWSSDK"] },
    };

    // The compiler names those assemblies only whose types are used.
    [Theory]
    [MemberData(nameof(Unseen))]
    public void Project_uses_no_type_that_it_must_never_see(string assembly, string[] unseen)
    {
        var used = Assembly.Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!).ToList();

        Assert.Contains("System.Runtime", used);
        Assert.DoesNotContain(used, name => unseen.Any(start => name.StartsWith(start, StringComparison.Ordinal)));
    }

    [Fact]
    public void Only_Program_names_the_engines_in_the_server() =>
        Assert.DoesNotContain(Sources("server").Where(path => path != "server/Program.cs"),
            path => Repository.Read(path).Contains("Orchestrator.Spark", StringComparison.Ordinal));

    [Fact]
    public void Activities_name_the_framework_in_one_file_only() =>
        Assert.DoesNotContain(Sources("activities").Where(path => path != "activities/GlobalUsings.cs"),
            path => Regex.IsMatch(Repository.Read(path), @"^using Orchestrator\.Workflows\.(?:Activities|Assets)\b", RegexOptions.Multiline));

    [Fact]
    public void No_file_has_more_than_400_lines() =>
        Assert.DoesNotContain(Repository.Files(".cs", ".razor", ".sql", ".css", ".md"), path => Repository.Read(path).Count(c => c == '\n') > 400);

    [Fact]
    public void Folders_are_named_by_concept_and_at_most_two_levels_deep_in_a_project()
    {
        string[] kinds = ["interfaces", "abstractions", "dtos", "helpers", "common", "utils", "utilities", "extensions", "services", "managers", "misc", "shared", "enums", "exceptions"];
        var folders = Repository.Folders().Where(folder => Regex.IsMatch(folder, "^(?:workflows|activities|spark|server)/")).ToList();

        Assert.DoesNotContain(folders, folder => folder.Split('/').Any(name => kinds.Contains(name.ToLowerInvariant())));
        Assert.DoesNotContain(folders, folder => folder.Split('/').Length > 3);
    }

    [Fact]
    public void Top_level_entries_are_the_agreed_ones()
    {
        string[] agreed = ["workflows", "activities", "spark", "server", "tests", ".ci", ".config"];
        Assert.Empty(Repository.Files("").Where(path => path.Contains('/')).Select(path => path.Split('/')[0]).Distinct().Except(agreed));
    }

    [Fact]
    public void Every_package_version_is_exact() =>
        Assert.All(XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion"),
            package => Assert.Matches(@"^\[[^,\]]+\]$", package.Attribute("Version")!.Value));

    [Fact]
    public void Lock_files_name_no_registry()
    {
        Assert.DoesNotContain("\"resolved\"", Repository.Read("package-lock.json"), StringComparison.Ordinal);
        Assert.All(Repository.Files("packages.lock.json"), path => Assert.DoesNotContain("://", Repository.Read(path), StringComparison.Ordinal));
    }

    [Fact]
    public void Dotnet_run_works_in_the_folder_where_it_is_called() =>
        // The SDK for the web would go to the project's folder: .data and relative paths would be found there.
        Assert.Equal("false", XDocument.Parse(Repository.Read("server/Orchestrator.Server.csproj")).Descendants("EnableDefaultRunWorkingDirectory").Single().Value);

    static IEnumerable<string> Sources(string project) => Repository.Files(".cs").Where(path => path.StartsWith($"{project}/", StringComparison.Ordinal));
}
