using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Secrets;

/// <summary>
/// Encryption of secrets with keys in a separate folder, not in the database: a copy of the database alone decrypts nothing. A value is
/// bound to its name and hosts, so moving it, or changing them in the database, makes it unreadable too.
/// </summary>
sealed class SecretKeys(string folder)
{
    const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    readonly Lock gate = new();
    IDataProtectionProvider? keys;

    /// <exception cref="PlatformException"><c>data.not_writable</c>: there is no key yet and none can be created.</exception>
    public byte[] Protect(string name, string? hosts, string value)
    {
        try
        {
            return ProtectorOf(name, hosts, reload: false).Protect(Encoding.UTF8.GetBytes(value));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DataDirectory.NotWritable(folder, error);
        }
    }

    /// <exception cref="CryptographicException">The folder does not have the key.</exception>
    public string Unprotect(string name, string? hosts, byte[] value)
    {
        try
        {
            return Encoding.UTF8.GetString(ProtectorOf(name, hosts, reload: false).Unprotect(value));
        }
        catch (CryptographicException)
        {
            // Another process may have created a key since this one read them.
            return Encoding.UTF8.GetString(ProtectorOf(name, hosts, reload: true).Unprotect(value));
        }
    }

    IDataProtector ProtectorOf(string name, string? hosts, bool reload)
    {
        lock (gate)
        {
            if (keys is null || reload)
            {
                if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
                else Directory.CreateDirectory(folder, OnlyOwner);
                keys = DataProtectionProvider.Create(new DirectoryInfo(folder), static builder => builder.SetApplicationName("Orchestrator"));
            }
            return hosts is null ? keys.CreateProtector("Orchestrator.Secrets", name) : keys.CreateProtector("Orchestrator.Secrets", name, hosts);
        }
    }
}
