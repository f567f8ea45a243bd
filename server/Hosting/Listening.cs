using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Hosting;

/// <summary>Start of listening, with one clear error if it fails.</summary>
static class Listening
{
    const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel.Core";

    /// <summary>Starts a server.</summary>
    /// <param name="urls">Addresses, for the error.</param>
    /// <exception cref="PlatformException"><c>server.port_taken</c>, <c>server.cannot_listen</c>, <c>server.no_certificate</c>.</exception>
    public static async Task ListenAsync(this WebApplication server, IReadOnlyList<Uri> urls, CancellationToken cancellationToken)
    {
        try
        {
            await server.StartAsync(cancellationToken);
        }
        catch (Exception error)
        {
            if (ProblemOf(error, urls) is { } problem) throw problem;
            throw;
        }
    }

    static PlatformException? ProblemOf(Exception error, IReadOnlyList<Uri> urls)
    {
        var where = string.Join(" and ", urls);
        return error switch
        {
            IOException { InnerException: AddressInUseException } => new("server.port_taken",
                $"The server cannot listen on {where}: another program does. Stop that program, or choose another address with --urls.", error),
            SocketException or IOException { InnerException: SocketException } => new("server.cannot_listen",
                $"The server cannot listen on {where}: {error.GetBaseException().Message.TrimEnd('.')}. Choose another address with --urls.", error),
            CryptographicException or FileNotFoundException or InvalidOperationException { Source: Kestrel } when urls.Any(url => url.Scheme == Uri.UriSchemeHttps) =>
                new("server.no_certificate", $"The server cannot listen on {where}: its certificate cannot be used: {error.Message.Split(Environment.NewLine)[0].TrimEnd('.')}. "
                    + "Name a file with Kestrel__Certificates__Default__Path and its password with Kestrel__Certificates__Default__Password.", error),
            _ => null,
        };
    }
}
