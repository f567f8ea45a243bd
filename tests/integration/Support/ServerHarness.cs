using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Server.Access;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>The server in the test's process, on a free port and a database of its own; jobs of its workflows do what the test says.</summary>
public sealed class ServerHarness : IAsyncDisposable
{
    readonly CancellationTokenSource drain = new();
    readonly CancellationTokenSource stop = new();
    readonly string folder;
    readonly bool ownsFolder;
    ServerHost host = null!;
    Task running = Task.CompletedTask;

    ServerHarness(string? folder) =>
        (this.folder, ownsFolder) = (folder ?? Directory.CreateTempSubdirectory("orchestrator-server-").FullName, folder is null);

    /// <summary>The data folder.</summary>
    public string Folder => folder;

    /// <summary>The database.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Asks the server.</summary>
    public HttpClient Client { get; private set; } = null!;

    public Uri Address => host.Addresses[0];

    public IServiceProvider Services => host.Services;

    /// <summary>What each activity does, by id; one that is not here does nothing.</summary>
    public ConcurrentDictionary<string, Func<ActivityExecutionContext, Task>> Work { get; } = new();

    /// <summary>What the server logged.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Starts one.</summary>
    /// <param name="settings">Such as <c>Runs:Lease</c>.</param>
    /// <param name="services">Changes the services after all have been added.</param>
    /// <param name="login">Whether people must log in.</param>
    /// <param name="beside">Shares the data folder and the database of this one, as another process would.</param>
    public static async Task<ServerHarness> StartAsync(
        PostgresFixture postgres, ServerRoles roles = ServerRoles.All, int workers = 4, Dictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null, ServerHarness? beside = null, bool login = false)
    {
        var harness = new ServerHarness(beside?.Folder) { ConnectionString = beside?.ConnectionString ?? await postgres.CreateDatabaseAsync() };
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Runs:Heartbeat"] = "00:00:00.100" })
            .AddInMemoryCollection(settings ?? [])
            .Build();
        var parts = new ServerParts(EngineParts.Embedded, TimeProvider.System,
            logging => logging.SetMinimumLevel(LogLevel.Information).AddProvider(new LineLoggerProvider(new QueueWriter(harness.Log), TimeProvider.System)))
        {
            Services = all =>
            {
                var registry = ControlActivities.NewRegistry().Add<ServerJob>().Add<MonthJob>();
                all.AddSingleton(registry).AddSingleton(new DefinitionLibrary(registry, harness.Definitions)).AddSingleton(harness);
                if (!login) all.AddSingleton(new AccessMode(Caller.Local, "it is a test"));
                services?.Invoke(all);
            },
        };
        Directory.CreateDirectory(harness.Definitions);
        if (login) await AccessScene.PrepareAsync(harness.ConnectionString);
        harness.host = await ServerHost.StartAsync(
            new(harness.folder, harness.ConnectionString), new() { Urls = [new("http://127.0.0.1:0")], Roles = roles, Workers = workers }, parts, configuration,
            new(harness.drain.Token, harness.stop.Token), TestContext.Current.CancellationToken);
        harness.Client = new() { BaseAddress = harness.Address };
        harness.running = harness.host.RunAsync();
        return harness;
    }

    /// <summary>For <c>services</c>: the platform's own activities instead of those of the test.</summary>
    public static void AddRealActivities(IServiceCollection all) =>
        all.AddSingleton(Platform.Registry).AddSingleton(provider => new DefinitionLibrary(Platform.Registry, provider.GetRequiredService<ServerHarness>().Definitions));

    string Definitions => Path.Combine(folder, "definitions");

    /// <summary>Ships a workflow whose activities are jobs of the test.</summary>
    /// <param name="connections">Such as <c>A1 -> B1</c>; see <see cref="RuntimeHarness.Flowchart"/>.</param>
    public void AddWorkflow(string id, params string[] connections) =>
        AddDefinition(id, RuntimeHarness.FlowchartOf("Test.ServerJob", connections).Replace("\"definitionId\":\"test\"", $"\"definitionId\":\"{id}\"", StringComparison.Ordinal));

    /// <summary>Ships a workflow definition.</summary>
    public void AddDefinition(string id, string json)
    {
        File.WriteAllText(Path.Combine(Definitions, $"{id}.json"), json);
        // The server has started already, so it would find it at its next start only.
        Services.GetRequiredService<ShippedDefinitions>().ImportAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>The definition that a run of a workflow executes now.</summary>
    public async Task<WorkflowDefinition> FindAsync(string id) =>
        (await Services.GetRequiredService<DefinitionStore>().FindPublishedAsync(id, TestContext.Current.CancellationToken))!;

    /// <summary>Asks, and gives the status with the document of the answer; an undefined element where it has none.</summary>
    /// <param name="body">Text is sent as it is, anything else as JSON; nothing where it is <see langword="null"/>.</param>
    public async Task<(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers)> SendAsync(
        HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = body is string text ? new StringContent(text, Encoding.UTF8, "application/json") : JsonContent.Create(body);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var content = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, content.Length == 0 ? default : JsonElement.Parse(content), response.Headers);
    }

    /// <summary>Reads what must be there.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        var (status, body, _) = await SendAsync(HttpMethod.Get, path);
        Assert.True(status is HttpStatusCode.OK, $"GET {path} gave {status}: {body}");
        return body;
    }

    /// <summary>Asks for what cannot be, and checks that the answer is a problem with this status and code.</summary>
    /// <returns>What it says.</returns>
    public async Task<string> RefusedAsync(HttpMethod method, string path, int status, string code, object? body = null, params (string Name, string Value)[] headers)
    {
        var (given, problem, _) = await SendAsync(method, path, body, headers);
        Assert.True((int)given == status, $"{method} {path} gave {given}: {problem}");
        Assert.Equal((code, $"urn:orchestrator:error:{code}", status),
            (problem.GetProperty("code").GetString(), problem.GetProperty("type").GetString(), problem.GetProperty("status").GetInt32()));
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
        return problem.GetProperty("detail").GetString()!;
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task DrainAsync()
    {
        await drain.CancelAsync();
        await running;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await DrainAsync();
        Client.Dispose();
        await host.DisposeAsync();
        drain.Dispose();
        stop.Dispose();
        if (ownsFolder) Directory.Delete(folder, recursive: true);
    }

    sealed class QueueWriter(ConcurrentQueue<string> lines) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void WriteLine(string? value) => lines.Enqueue(value ?? "");
    }
}

/// <summary>A job that does what the test of a server says.</summary>
[Activity("Test", "Test", "Does what the test says.", Kind = ActivityKind.Job)]
public class ServerJob : CodeActivity
{
    [Input(Description = "Anything.", TakesSecrets = true)]
    public Input<string> Text { get; set; } = default!;

    [Output(Description = "Anything.")]
    public Output<string> Result { get; set; } = default!;

    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        if (context.Get(Text) is { } text) context.Set(Result, text);
        if (context.GetRequiredService<ServerHarness>().Work.TryGetValue(context.Attempt.ActivityId, out var work)) await work(context);
    }
}

/// <summary>A job that works on a month and does what the test of a server says.</summary>
[Activity("Test", "Test", "Does what the test says to a month.", Kind = ActivityKind.Job, NeedsPartition = true)]
public sealed class MonthJob : ServerJob;
