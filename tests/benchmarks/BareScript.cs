using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Orchestrator.Benchmarks;

/// <summary>The yardstick: the same month in one Node process with DuckDB and nothing around it.</summary>
/// <param name="folder">A writable copy of the script's folder, with its packages installed.</param>
sealed class BareScript(string folder)
{
    /// <summary>The steps it times, in order.</summary>
    public static readonly string[] Steps = ["generate", "star", "marts", "load", "index"];

    /// <summary>Copies the script to a temporary folder and installs what it needs.</summary>
    public static async Task<BareScript> InstallAsync(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            var copy = Path.Combine(target, Path.GetFileName(file));
            File.Copy(file, copy, overwrite: true);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        await ChildProcess.RunAsync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], target);
        return new(target);
    }

    /// <summary>Runs the month once.</summary>
    /// <param name="database">A database of its own; its server must be allowed to read files, which the embedded one is.</param>
    /// <returns>Step → milliseconds, and <c>total</c>.</returns>
    public async Task<IReadOnlyDictionary<string, double>> RunAsync(string database, long rows, string scratch)
    {
        var builder = new NpgsqlConnectionStringBuilder(database);
        var url = string.Create(CultureInfo.InvariantCulture,
            $"postgres://{builder.Username}:{Uri.EscapeDataString(builder.Password ?? "")}@{builder.Host}:{builder.Port}/{builder.Database}");
        var result = await ChildProcess.RunAsync("node",
            ["bare.mjs", "--pg", url, "--dir", scratch, "--rows", rows.ToString(CultureInfo.InvariantCulture), "--runs", "1"], folder);
        using var document = JsonDocument.Parse(result.Output);
        return document.RootElement.GetProperty("median_ms").EnumerateObject().ToDictionary(step => step.Name, step => step.Value.GetDouble());
    }
}
