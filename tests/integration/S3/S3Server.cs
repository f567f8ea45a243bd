using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Orchestrator.Activities.Store.S3;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>A real S3 server (Versity S3 Gateway) on a free loopback port, with its files in a folder; it can be killed and started again.</summary>
public sealed partial class S3Server : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly string program;
    readonly string folder;
    readonly Lock gate = new();
    readonly List<S3Call> calls = [];
    Process process;

    S3Server(string program, string folder, int port)
    {
        (this.program, this.folder) = (program, folder);
        Endpoint = new($"http://127.0.0.1:{port}");
        process = Start();
    }

    /// <summary>May do everything.</summary>
    public static S3Identity Root { get; } = new("test", "testtest12345678");

    /// <summary>May do what a policy grants; may make buckets.</summary>
    public static S3Identity Writer { get; } = new("writer", "writerwriter12345678");

    /// <summary>May do what a policy grants.</summary>
    public static S3Identity Reader { get; } = new("reader", "readerreader12345678");

    public Uri Endpoint { get; }

    /// <summary>Starts one; without the program the test is skipped.</summary>
    /// <param name="folder">Where its files are to be; exists.</param>
    public static async Task<S3Server> StartAsync(string folder)
    {
        var executable = await SharedServer.ProgramAsync("s3", "versitygw");
        foreach (var part in new[] { "iam", "versions", "objects" }) Directory.CreateDirectory(Path.Combine(folder, part));
        File.Copy(SharedServer.File("s3/users.json"), Path.Combine(folder, "iam", "users.json"), overwrite: true);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(folder, "iam", "users.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var server = new S3Server(executable, folder, SharedServer.FreePorts(1)[0]);
        await server.ReadyAsync();
        return server;
    }

    /// <summary>Makes a bucket and gives its name.</summary>
    public async Task<string> CreateBucketAsync(string? policy = null, string? name = null)
    {
        name ??= $"bucket-{Guid.CreateVersion7():n}";
        using var client = Client();
        await client.PutBucketAsync(name, TestContext.Current.CancellationToken);
        if (policy is not null)
            await client.PutBucketPolicyAsync(new PutBucketPolicyRequest { BucketName = name, Policy = policy.Replace("BUCKET", name, StringComparison.Ordinal) }, TestContext.Current.CancellationToken);
        return name;
    }

    /// <summary>A store in a bucket of this server.</summary>
    /// <param name="address">Such as <c>s3://bucket/prefix</c>.</param>
    /// <param name="endpoint">Where it is asked; <see langword="null"/> for the server itself.</param>
    public S3Store Store(string address, S3Identity? identity = null, Uri? endpoint = null, HttpClientFactory? http = null, TimeSpan? retryFor = null) => new(
        new(address), OptionsFor(endpoint ?? Endpoint, retryFor ?? TimeSpan.FromSeconds(30)), TimeProvider.System, new JitterSource(1), new(http, (identity ?? Root).Credentials));

    /// <summary>How such a store is reached.</summary>
    public static S3Options OptionsFor(Uri endpoint, TimeSpan retryFor) => new() { Endpoint = endpoint, Region = "us-east-1", RetryFor = retryFor };

    /// <summary>Where it keeps an object, as a file with the object's content.</summary>
    public string FileOf(string bucket, string key) => Path.Combine(folder, "objects", bucket, key);

    /// <summary>What a process needs to use it, and nothing else.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(S3Identity identity, Uri? endpoint = null) => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL_S3"] = (endpoint ?? Endpoint).GetLeftPart(UriPartial.Authority), ["AWS_REGION"] = "us-east-1",
        ["AWS_ACCESS_KEY_ID"] = identity.Key, ["AWS_SECRET_ACCESS_KEY"] = identity.Secret,
    };

    /// <summary>The SDK's client for it, as root.</summary>
    public AmazonS3Client Client() => new(Root.Credentials, new AmazonS3Config { ServiceURL = Endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });

    /// <summary>What it has answered, by its log, which comes later than its answers: an answer to a mark is waited for.</summary>
    public async Task<IReadOnlyList<S3Call>> CallsAsync()
    {
        var mark = $"/mark-{Guid.CreateVersion7():n}";
        using var client = new HttpClient();
        using (await client.GetAsync(new Uri(Endpoint, mark), TestContext.Current.CancellationToken)) { }
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            lock (gate)
                if (calls.Any(call => call.Path == mark)) return [.. calls];
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "The S3 server has not logged a request.");
        }
    }

    /// <summary>Ends it as a power cut does.</summary>
    public void Kill()
    {
        process.Kill();
        process.EndInTime();
        process.Dispose();
    }

    /// <summary>Kills it, and starts it again after a while.</summary>
    public async Task BeAwayAsync(TimeSpan time)
    {
        Kill();
        await Task.Delay(time, TestContext.Current.CancellationToken);
        await RestartAsync();
    }

    /// <summary>Starts it again where it was.</summary>
    public async Task RestartAsync()
    {
        process = Start();
        await ReadyAsync();
    }

    public void Dispose()
    {
        try
        {
            Kill();
        }
        catch (InvalidOperationException)
        {
            // A test has killed it.
        }
    }

    Process Start()
    {
        var start = new ProcessStartInfo(program,
            ["--port", Endpoint.Authority, "--iam-dir", Path.Combine(folder, "iam"), "--health", "/healthz", "--keep-alive",
                "posix", "--versioning-dir", Path.Combine(folder, "versions"), Path.Combine(folder, "objects")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        (start.Environment["ROOT_ACCESS_KEY"], start.Environment["ROOT_SECRET_KEY"], start.Environment["VGW_REGION"]) = (Root.Key, Root.Secret, "us-east-1");
        var started = Process.Start(start)!;
        started.OutputDataReceived += (_, line) => Take(line.Data);
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    async Task ReadyAsync()
    {
        using var client = new HttpClient();
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(Endpoint, "/healthz"), TestContext.Current.CancellationToken);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                // It does not listen yet.
            }
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "The S3 server did not start.");
        }
    }

    // Such as: 14:56:29 | vgw | 200 |     656.397µs | 127.0.0.1 | PUT | /bucket/key | - | list-type=2
    void Take(string? line)
    {
        if (line is null || Line.Match(line) is not { Success: true } call) return;
        lock (gate) calls.Add(new(int.Parse(call.Groups["status"].Value, CultureInfo.InvariantCulture), call.Groups["method"].Value, call.Groups["path"].Value, call.Groups["query"].Value));
    }

    [GeneratedRegex(@"\| vgw \| (?<status>\d+) \|[^|]*\|[^|]*\| (?<method>[A-Z]+) \| (?<path>[^|]*) \|[^|]*\| ?(?<query>.*)$", RegexOptions.None, 1_000)]
    private static partial Regex Line { get; }
}

/// <summary>Who asks.</summary>
public sealed record S3Identity(string Key, string Secret)
{
    public BasicAWSCredentials Credentials => new(Key, Secret);
}

/// <summary>A request that the server answered.</summary>
public sealed record S3Call(int Status, string Method, string Path, string Query)
{
    /// <summary>Whether it lists objects.</summary>
    public bool IsListing => Method == "GET" && Query.Contains("list-type", StringComparison.Ordinal);

    /// <summary>Whether it sends a part.</summary>
    public bool IsPart => Method == "PUT" && Query.Contains("partNumber", StringComparison.Ordinal);
}
