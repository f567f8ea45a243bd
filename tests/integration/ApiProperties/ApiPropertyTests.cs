using System.Net;
using System.Text;
using System.Text.Json;
using Orchestrator.Server.Access;

namespace Orchestrator.Tests.Integration.ApiProperties;

/// <summary>Every operation of the OpenAPI document, asked with seeded values that keep to its schemas and with hostile ones: the
/// document is true, and nothing fails.</summary>
public sealed class ApiPropertyTests(PostgresFixture postgres)
{
    const int Cases = 50, Seed = 20261;
    static readonly string[] Methods = ["GET", "PUT", "POST", "DELETE", "PATCH", "TRACE", "HEAD", "OPTIONS"];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact, TestLimit(10)]
    public async Task Every_answer_is_as_the_document_says_whatever_is_sent()
    {
        await using var server = await StartAsync();
        var document = new ApiDocument(await server.GetAsync("/openapi/v1.json"));
        var ids = await PrepareAsync(server);
        var findings = new List<string>();

        foreach (var operation in document.Operations)
        {
            var random = new Random(Seed + operation.ToString().Sum(static character => character));
            var values = new ValueGenerator(document, random, ids);
            for (var number = 0; number < Cases; number++)
            {
                var sent = ApiRequest.Of(document, operation, values, random, hostility: number % 2 == 0 ? 0 : 0.25);
                using var message = sent.ToMessage();
                using var answer = await server.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, Cancel);
                if (await FindAsync(document, operation, sent,
                    answer) is { } finding) findings.Add($"{sent}{Environment.NewLine}    {finding}");
            }
        }

        Assert.True(findings.Count == 0,
            $"{findings.Count} findings:{Environment.NewLine}{string.Join(Environment.NewLine, findings.Take(40))}");
        Assert.DoesNotContain(server.Log, line => line.Contains("server.unexpected", StringComparison.Ordinal));
    }

    [Fact, TestLimit(5)]
    public async Task Wrong_methods_media_types_and_broken_bodies_are_refused_as_the_document_says()
    {
        await using var server = await StartAsync();
        var document = new ApiDocument(await server.GetAsync("/openapi/v1.json"));
        var findings = new List<string>();

        foreach (var path in document.Operations.GroupBy(static operation => operation.Path))
        {
            var address = System.Text.RegularExpressions.Regex.Replace(path.Key, @"\{\w+\}", "01890a5d-ac96-774b-bcce-b302099a8057");
            foreach (var method in Methods.Except(path.Select(static operation => operation.Method)))
            {
                // A fixed address may be one of a family too, such as /schedules/preview: its methods are taken there.
                if (document.Operations.Any(other => other.Method == method && other.Path != path.Key && IsOf(path.Key,
                    other.Path))) continue;
                using var message = new HttpRequestMessage(new(method), address);
                using var answer = await server.Client.SendAsync(message, Cancel);
                var allowed = answer.Content.Headers.Allow.Order(StringComparer.Ordinal).ToList();
                if (answer.StatusCode is not HttpStatusCode.MethodNotAllowed || !path.All(operation => allowed.Contains(operation.Method)))
                    findings.Add($"{method} {address} gave {answer.StatusCode}, Allow: {string.Join(", ", allowed)}");
            }
            foreach (var operation in path.Where(static operation => operation.Body is not null))
            {
                foreach (var (body, type, expected) in new[] { ("{\"a\":", "application/json", 400), ("[1", "application/json", 400),
                    ("a=b", "application/x-www-form-urlencoded", 415), ("{}", "text/plain", 415) })
                {
                    using var message = new HttpRequestMessage(new(operation.Method), address)
                    {
                        Content = new StringContent(body,
                        Encoding.UTF8, type)
                    };
                    using var answer = await server.Client.SendAsync(message, Cancel);
                    if ((int)answer.StatusCode != expected) findings.Add($"{operation} with {body} as {type} gave {answer.StatusCode}, not {expected}");
                }
                using var broken = new HttpRequestMessage(new(operation.Method), address)
                {
                    Content = new ByteArrayContent([0x7B, 0x22,
                    0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D])
                    { Headers = { ContentType = new("application/json") } }
                };
                using var refused = await server.Client.SendAsync(broken, Cancel);
                if ((int)refused.StatusCode is < 400 or >= 500) findings.Add($"{operation} with broken UTF-8 gave {refused.StatusCode}");
            }
        }

        Assert.True(findings.Count == 0, string.Join(Environment.NewLine, findings));
    }

    static bool IsOf(string fixedPath, string template)
    {
        var (parts, forms) = (fixedPath.Split('/'), template.Split('/'));
        return parts.Length == forms.Length && parts.Zip(forms).All(pair => pair.First == pair.Second || pair.Second.StartsWith('{')
            || pair.First.StartsWith('{'));
    }

    static async Task<string?> FindAsync(ApiDocument document, ApiOperation operation, ApiRequest sent, HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        // The web server itself refuses such an address, before anything of ours sees it.
        if (sent.Address.Contains("%00", StringComparison.Ordinal) && status == 400) return null;
        if (status is 500) return $"500: {await answer.Content.ReadAsStringAsync(Cancel)}";
        if (!operation.Responses.TryGetProperty($"{status}",
            out var declared)) return $"{status} is not in the document: {await answer.Content.ReadAsStringAsync(Cancel)}";
        if (sent.Misfit is { } misfit && status is < 400 or >= 500) return $"{status}, although {misfit}";
        if (!declared.TryGetProperty("content", out var contents)) return null;
        var type = answer.Content.Headers.ContentType?.MediaType ?? "none";
        if (!contents.TryGetProperty(type, out var content)) return $"{status} is {type}, not {contents}";
        if (type == "text/event-stream") return null;
        var body = JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        return document.Misfits(body, content.GetProperty("schema")).FirstOrDefault() is { } wrong ? $"{status}: {wrong}" : null;
    }

    Task<ServerHarness> StartAsync() => ServerHarness.StartAsync(postgres, settings: new() { ["Api:RequestsPerSecond"] = "100000" });

    // Something of each kind, so that values find it.
    static async Task<IReadOnlyList<string>> PrepareAsync(ServerHarness server)
    {
        server.AddWorkflow("one", "A1 -> B1");
        var admin = await server.AddUserAsync(AccessRole.Admin);
        await server.AddUserAsync(AccessRole.Viewer, "ada");
        await server.Tokens.CreateAsync("nightly", admin, role: null, TimeSpan.FromDays(1), Cancel);
        var ids = new List<string>();
        foreach (var (method, path, body) in new (HttpMethod, string, object)[]
        {
            (HttpMethod.Post, "runs", new { workflow = "one", partition = "2026-01" }), (HttpMethod.Post, "runs", new { workflow = "one",
                partition = "none" }),
            (HttpMethod.Post, "schedules", new { id = "nightly", workflow = "one", cron = "30 2 * * *", isOn = false }), (HttpMethod.Put,
                "pools/spark", new { slots = 2 }),
            (HttpMethod.Put, "secrets/shop-api", new { value = "something long" }), (HttpMethod.Post, "backfills", new { workflow = "one",
                from = "2025-01", to = "2025-03" }),
        })
        {
            var (status, made, _) = await server.SendAsync(method, $"/api/v1/{path}", body, ("If-Match", "*"));
            Assert.True(status is HttpStatusCode.Created or HttpStatusCode.OK, $"{path}: {made}");
            if (made.TryGetProperty("id", out var id) && Guid.TryParse(id.GetString(), out _)) ids.Add(id.GetString()!);
        }
        return ids;
    }
}
