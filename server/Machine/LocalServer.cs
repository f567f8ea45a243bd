using System.Diagnostics;
using System.Text.Json;

namespace Orchestrator.Server.Machine;

/// <summary>Note in the data folder about the server that runs on it, for commands on this machine. Holds no secret.</summary>
/// <param name="Url">Address of the server.</param>
/// <param name="Socket">Path of the Unix socket for commands of the same user; see <see cref="LocalSocket"/>.</param>
/// <param name="ProcessId">Id of the server's process.</param>
/// <param name="Storage">Fingerprint of its storage; see <see cref="PlatformOptions.Fingerprint"/>.</param>
public sealed record LocalServer(Uri Url, string Socket, int ProcessId, string Storage)
{
    const string FileName = "server.json";

    /// <summary>Writes the note about this process, readable by its user only.</summary>
    public static LocalServer Announce(PlatformOptions options, Uri url, string socket)
    {
        var server = new LocalServer(url, socket, Environment.ProcessId, options.Fingerprint);
        var file = Path.Combine(options.DataDirectory, FileName);
        var draft = $"{file}.{Environment.ProcessId}";
        var privately = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) privately.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(draft, privately)) JsonSerializer.Serialize(stream, server, JsonSerializerOptions.Web);
        File.Move(draft, file, overwrite: true);
        return server;
    }

    /// <summary>Finds the live server of a data folder with the same storage; <see langword="null"/> if there is none.</summary>
    public static LocalServer? Find(PlatformOptions options)
    {
        try
        {
            var server = JsonSerializer.Deserialize<LocalServer>(File.ReadAllBytes(Path.Combine(options.DataDirectory, FileName)), JsonSerializerOptions.Web);
            return server?.Socket is not null && server.Storage == options.Fingerprint && IsAlive(server.ProcessId) ? server : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Removes the note, unless another server has replaced it.</summary>
    public void Withdraw(PlatformOptions options)
    {
        if (Find(options) == this) File.Delete(Path.Combine(options.DataDirectory, FileName));
    }

    static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
