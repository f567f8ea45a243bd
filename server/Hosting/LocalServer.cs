using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Orchestrator.Server.Hosting;

/// <summary>The server that runs on a data folder, as it notes itself there for commands on this machine.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Token">What a command of the same user shows it; new with each start.</param>
public sealed record LocalServer(Uri Url, int ProcessId, string Token)
{
    const string FileName = "server.json";

    /// <summary>Notes this process, readable by its user only.</summary>
    public static LocalServer Announce(string dataDirectory, Uri url)
    {
        var server = new LocalServer(url, Environment.ProcessId, RandomNumberGenerator.GetHexString(64, lowercase: true));
        var file = Path.Combine(dataDirectory, FileName);
        var draft = $"{file}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(draft, options)) JsonSerializer.Serialize(stream, server, JsonSerializerOptions.Web);
        File.Move(draft, file, overwrite: true);
        return server;
    }

    /// <summary>The server of a data folder; <see langword="null"/> where none runs.</summary>
    public static LocalServer? Find(string dataDirectory)
    {
        try
        {
            var server = JsonSerializer.Deserialize<LocalServer>(File.ReadAllBytes(Path.Combine(dataDirectory, FileName)), JsonSerializerOptions.Web);
            return server is not null && IsAlive(server.ProcessId) ? server : null;
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Removes the note, unless another server wrote its own since.</summary>
    public void Withdraw(string dataDirectory)
    {
        if (Find(dataDirectory) == this) File.Delete(Path.Combine(dataDirectory, FileName));
    }

    static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
