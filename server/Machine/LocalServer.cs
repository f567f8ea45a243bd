using System.Diagnostics;
using System.Text.Json;

namespace Orchestrator.Server.Machine;

/// <summary>The server that runs on a data folder, as it notes itself there for commands on this machine. The note holds no
/// secret.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="Socket">Path of the Unix socket that lets in commands of the same user; see <see cref="LocalSocket"/>.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Storage">Fingerprint of the storage it works on; see <see cref="PlatformOptions.Fingerprint"/>.</param>
public sealed record LocalServer(Uri Url, string Socket, int ProcessId, string Storage)
{
    const string FileName = "server.json";

    /// <summary>Notes this process, readable by its user only.</summary>
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

    /// <summary>The server of a data folder that works on the same storage; <see langword="null"/> where none runs.</summary>
    public static LocalServer? Find(PlatformOptions options)
    {
        try
        {
            var server = JsonSerializer.Deserialize<LocalServer>(File.ReadAllBytes(Path.Combine(options.DataDirectory, FileName)), JsonSerializerOptions.Web);
            return server?.Socket is not null && server.Storage == options.Fingerprint && IsAlive(server.ProcessId) ? server : null;
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Removes the note, unless another server wrote its own since.</summary>
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
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
