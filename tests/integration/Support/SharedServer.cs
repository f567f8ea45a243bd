using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>
/// Real servers that are not part of the repository: below <c>ORCHESTRATOR_TEST_SERVERS</c>, else below <c>../shared/dist</c> beside the
/// repository. Each is unpacked once into the folder for temporary files.
/// </summary>
static class SharedServer
{
    /// <summary>A file of a server, such as <c>jaeger/jaeger.yaml</c>; without it the test is skipped, and fails when <c>CI=true</c>.</summary>
    public static string File(string path)
    {
        var root = Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_SERVERS") ?? Path.Combine(Repository.Root, "..", "shared", "dist");
        var file = Path.GetFullPath(Path.Combine(root, path));
        if (!System.IO.File.Exists(file)) RequiredServer.Missing($"'{file}' is not there; name the folder of the test servers in ORCHESTRATOR_TEST_SERVERS.");
        return file;
    }

    /// <summary>A program that lies compressed as <c>NAME/NAME.xz</c>.</summary>
    public static Task<string> ProgramAsync(string name) => ProgramAsync(name, name);

    /// <summary>A program that lies compressed as <c>FOLDER/NAME.xz</c>.</summary>
    public static async Task<string> ProgramAsync(string folderName, string name)
    {
        if (!OperatingSystem.IsLinux()) RequiredServer.Missing("The test servers are programs for Linux.");
        var packed = File($"{folderName}/{name}.xz");
        await using var content = System.IO.File.OpenRead(packed);
        var folder = Path.Combine(Path.GetTempPath(), "orchestrator-test-servers", Convert.ToHexStringLower(await SHA256.HashDataAsync(content, TestContext.Current.CancellationToken))[..16]);
        var program = Path.Combine(folder, name);
        if (System.IO.File.Exists(program)) return program;
        Directory.CreateDirectory(folder);
        var part = $"{program}.{Environment.ProcessId}";
        using (var unpack = Process.Start(new ProcessStartInfo("xz", ["--decompress", "--stdout", packed]) { RedirectStandardOutput = true, UseShellExecute = false })!)
        {
            await using var target = System.IO.File.Create(part);
            await unpack.StandardOutput.BaseStream.CopyToAsync(target, TestContext.Current.CancellationToken);
            await unpack.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
            Assert.Equal(0, unpack.ExitCode);
        }
        if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(part, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        System.IO.File.Move(part, program, overwrite: true);
        return program;
    }

    /// <summary>A folder that lies packed as <c>PATH.tar.zst</c>.</summary>
    /// <returns>The only folder in it.</returns>
    public static async Task<string> FolderAsync(string path)
    {
        if (!OperatingSystem.IsLinux()) RequiredServer.Missing("The test servers are programs for Linux.");
        var packed = File($"{path}.tar.zst");
        await using var content = System.IO.File.OpenRead(packed);
        var target = Path.Combine(Path.GetTempPath(), "orchestrator-test-servers", Convert.ToHexStringLower(await SHA256.HashDataAsync(content, TestContext.Current.CancellationToken))[..16]);
        if (!Directory.Exists(target))
        {
            var part = Directory.CreateDirectory($"{target}.{Environment.ProcessId}").FullName;
            using var unpack = Process.Start("tar", ["--use-compress-program=unzstd", "-xf", packed, "-C", part]);
            await unpack.WaitForExitAsync(TestContext.Current.CancellationToken).InTimeAsync();
            Assert.Equal(0, unpack.ExitCode);
            try
            {
                Directory.Move(part, target);
            }
            catch (IOException) when (Directory.Exists(target))
            {
                Directory.Delete(part, recursive: true);
            }
        }
        return Directory.EnumerateDirectories(target).Single();
    }

    /// <summary>Whether a program can be started by its name.</summary>
    public static bool HasProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => System.IO.File.Exists(Path.Combine(folder, name)));

    /// <summary>Ports on loopback that nobody listens on now, no two the same.</summary>
    public static IReadOnlyList<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.ConvertAll(listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }
}
