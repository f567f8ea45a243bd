using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Speaks TLS with clients, under a certificate of its own authority, and hands on to a server that does not.</summary>
sealed class TlsFront : IDisposable
{
    readonly TcpListener listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource ending = new();
    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-tls-").FullName;
    readonly X509Certificate2 certificate;

    TlsFront(X509Certificate2 certificate) => this.certificate = certificate;

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>PEM file of the authority.</summary>
    public string CertificateAuthority => Path.Combine(folder, "authority.pem");

    public static async Task<TlsFront> StartAsync(int upstream)
    {
        var (from, until) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var issuer = authority.CreateSelfSigned(from, until);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(issuer, from, until, [1, 2, 3, 4]);
        using var withKey = issued.CopyWithPrivateKey(key);
        var front = new TlsFront(X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null));
        await File.WriteAllTextAsync(front.CertificateAuthority, issuer.ExportCertificatePem(), TestContext.Current.CancellationToken);
        front.listener.Start();
        _ = front.ListenAsync(upstream);
        return front;
    }

    public void Dispose()
    {
        ending.Cancel();
        listener.Dispose();
        certificate.Dispose();
        ending.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    async Task ListenAsync(int upstream)
    {
        try
        {
            while (true) _ = CarryAsync(await listener.AcceptTcpClientAsync(ending.Token), upstream);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It ends with the test.
        }
    }

    async Task CarryAsync(TcpClient client, int upstream)
    {
        try
        {
            using (client)
            using (var server = new TcpClient())
            await using (var secured = new SslStream(client.GetStream()))
            {
                await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] }, ending.Token);
                await server.ConnectAsync(IPAddress.Loopback, upstream, ending.Token);
                await Task.WhenAny(secured.CopyToAsync(server.GetStream(), ending.Token), server.GetStream().CopyToAsync(secured, ending.Token));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException or SocketException or ObjectDisposedException)
        {
            // Whichever side goes, the other one is told by the end of its connection.
        }
    }
}
