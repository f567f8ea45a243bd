using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>The ways in which the real program finds a bucket's server and its credentials, as the AWS SDK documents them, and trusts its certificate.</summary>
public sealed class S3AccessTests(S3Fixture fixture, PostgresFixture postgres) : IDisposable
{
    readonly DataFolder data = new();
    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-s3-access-").FullName;

    public void Dispose()
    {
        data.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_profile_says_who_asks_and_which_server()
    {
        var server = await fixture.ServerAsync();
        var (config, credentials) = (Path.Combine(folder, "config"), Path.Combine(folder, "credentials"));
        await File.WriteAllTextAsync(config, $"""
            [profile shop]
            region = us-east-1
            services = ours

            [services ours]
            s3 =
              endpoint_url = {server.Endpoint.GetLeftPart(UriPartial.Authority)}
            """, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(credentials, $"""
            [shop]
            aws_access_key_id = {S3Server.Root.Key}
            aws_secret_access_key = {S3Server.Root.Secret}
            """, TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string> { ["AWS_PROFILE"] = "shop", ["AWS_CONFIG_FILE"] = config, ["AWS_SHARED_CREDENTIALS_FILE"] = credentials };

        Assert.Matches("written in", await FoundAsync(server, environment, isOk: true));

        await File.WriteAllTextAsync(credentials, "[other]", TestContext.Current.CancellationToken);
        Assert.Contains("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role.",
            await FoundAsync(server, new(environment) { ["AWS_EC2_METADATA_DISABLED"] = "true" }, isOk: false), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_has_a_role()
    {
        var server = await fixture.ServerAsync();
        var token = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(token, "token of the pod", TestContext.Current.CancellationToken);
        await using var agent = await RoleAgentAsync("token of the pod");
        var environment = new Dictionary<string, string>
        {
            ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = $"{agent.Urls.First()}/v1/credentials", ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = token,
            ["AWS_REGION"] = "", ["AWS_ENDPOINT_URL_S3"] = server.Endpoint.GetLeftPart(UriPartial.Authority),
        };

        Assert.Matches("written in", await FoundAsync(server, environment, isOk: true));
    }

    [Fact]
    public async Task A_server_with_TLS_is_trusted_by_its_authority_only()
    {
        var server = await fixture.ServerAsync();
        using var tls = await TlsFront.StartAsync(server.Endpoint.Port);
        var environment = server.EnvironmentOf(S3Server.Root, new Uri($"https://localhost:{tls.Port}"));

        Assert.Matches("written in", await FoundAsync(server, new(environment) { ["SSL_CERT_FILE"] = tls.CertificateAuthority }, isOk: true));
        var refused = await FoundAsync(server, new(environment), isOk: false);
        Assert.Contains("is not trusted", refused, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", refused, StringComparison.Ordinal);
    }

    async Task<string> FoundAsync(S3Server server, Dictionary<string, string> environment, bool isOk)
    {
        using var process = OrchestratorProcess.Start(environment,
            "doctor", "--json", "--data", data.Path, "--postgres", await postgres.CreateDatabaseAsync(), "--store", $"s3://{await server.CreateBucketAsync()}/p");
        var ended = await process.EndAsync();
        var finding = Assert.Single(JsonElement.Parse(ended.Output).EnumerateArray(), finding => finding.GetProperty("check").GetString() == "object store");
        Assert.True(finding.GetProperty("ok").GetBoolean() == isOk, finding.ToString());
        return finding.GetProperty("found").GetString()!;
    }

    /// <summary>Gives credentials to whoever has the token, as the agents of ECS and EKS do; without a session token, which the server here refuses.</summary>
    static async Task<WebApplication> RoleAgentAsync(string token)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var agent = builder.Build();
        agent.Urls.Add("http://127.0.0.1:0");
        agent.MapGet("/v1/credentials", (HttpRequest request) => request.Headers.Authorization == token
            ? Results.Json(new Dictionary<string, string> { ["AccessKeyId"] = S3Server.Root.Key, ["SecretAccessKey"] = S3Server.Root.Secret, ["Expiration"] = "2099-01-01T00:00:00Z" })
            : Results.Unauthorized());
        await agent.StartAsync(TestContext.Current.CancellationToken);
        return agent;
    }
}
