using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;

namespace Orchestrator.Server.Access;

/// <summary>The operating system's user at the other end of a Unix socket.</summary>
/// <remarks>
/// The permissions of the socket's folder are the authentication: only the server's own user and root can enter. Linux also names the
/// peer, so that the log of changes distinguishes root from the server's user. https://man7.org/linux/man-pages/man7/unix.7.html
/// </remarks>
static partial class LocalPeer
{
    // SOL_SOCKET, SO_PEERCRED and struct ucred { pid, uid, gid } of Linux.
    const int SocketLevel = 1, PeerCredentials = 17, UserIdAt = 4;

    extension(HttpContext context)
    {
        /// <summary>
        /// Name of the user who sent a request through the Unix socket; <see langword="null"/> if the request came over the network or
        /// from another user.
        /// </summary>
        public string? LocalUser =>
            context.Features.Get<IConnectionSocketFeature>()?.Socket is { AddressFamily: AddressFamily.Unix } socket ? NameOfPeer(socket)
                : null;
    }

    static string? NameOfPeer(Socket socket)
    {
        if (!OperatingSystem.IsLinux()) return Environment.UserName;
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        var user = MemoryMarshal.Read<uint>(credentials[UserIdAt..]);
        return user == EffectiveUserId() ? Environment.UserName : user == 0 ? "root" : null;
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUserId();
}
