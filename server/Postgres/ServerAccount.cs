using System.Globalization;
using System.Runtime.InteropServices;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>The user that PostgreSQL runs as if this process is root, which PostgreSQL refuses.</summary>
/// <param name="Name">Login name.</param>
/// <param name="UserId">Number of the user.</param>
/// <param name="GroupId">Number of the user's group.</param>
sealed partial record ServerAccount(string Name, uint UserId, uint GroupId)
{
    // A user created for us, else the one that owns nothing. Not "postgres": the server must not reach the files of another cluster.
    static readonly string[] Preferred = ["orchestrator", "nobody"];

    /// <summary>
    /// Returns the user to switch to; <see langword="null"/> if this process is not root and PostgreSQL runs as its own user.
    /// </summary>
    /// <param name="recorded">Owner of an existing cluster; <see langword="null"/> for a new one.</param>
    public static ServerAccount? ForThisProcess(string? recorded)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return null;
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformException("postgres.root",
                "PostgreSQL does not run as root. Start the platform as an ordinary user, or give the address of a server with --postgres.");
        }
        var wanted = recorded is null ? Preferred : [recorded];
        return ReadAll().Where(account => account.UserId != 0 && wanted.Contains(account.Name)).MinBy(account => Array.IndexOf(wanted, account.Name))
            ?? throw new PlatformException("postgres.no_account",
                $"PostgreSQL does not run as root, and there is no user {string.Join(" or ", wanted.Select(name => $"'{name}'"))} to run it as. "
                + "Add the user 'orchestrator', or give the address of a server with --postgres.");
    }

    /// <summary>Returns the command prefix that starts a program as this user, with the same process id and no way back.</summary>
    public IReadOnlyList<string> Wrap(string program) =>
        ["setpriv", $"--reuid={Text(UserId)}", $"--regid={Text(GroupId)}", "--clear-groups", "--no-new-privs", "--", program];

    /// <summary>Makes the user the owner of a file or folder.</summary>
    public void Own(string path)
    {
        if (ChangeOwner(path, UserId, GroupId) == 0) return;
        throw new IOException($"The owner of '{path}' could not be changed to '{Name}': {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    /// <summary>Whether the user can reach a folder: every parent lets others through.</summary>
    public static bool CanReach(string folder)
    {
        if (OperatingSystem.IsWindows()) return true;
        for (var at = new DirectoryInfo(Path.GetFullPath(folder)); at is not null; at = at.Parent)
            if (at.Exists && !File.GetUnixFileMode(at.FullName).HasFlag(UnixFileMode.OtherExecute)) return false;
        return true;
    }

    static IEnumerable<ServerAccount> ReadAll() =>
        from line in File.ReadLines("/etc/passwd")
        let field = line.Split(':')
        where field.Length >= 4
        select new ServerAccount(field[0], uint.Parse(field[2], CultureInfo.InvariantCulture), uint.Parse(field[3], CultureInfo.InvariantCulture));

    static string Text(uint id) => id.ToString(CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
