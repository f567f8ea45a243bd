using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.Api;

/// <summary>Transformer that adds roles, headers, limits and problems to the operations of the OpenAPI document.</summary>
static class ApiOperations
{
    const string Problem = nameof(ApiProblem), EventStream = "text/event-stream";

    /// <summary>Extension member of an operation that holds the lowest role allowed to call it.</summary>
    public const string Role = "x-role";

    // Operations that answer with an ETag, that answer 304 to one, and that change what has one.
    static readonly string[] Tagged =
    [
        "showPool", "setPool", "showSecret", "setSecret", "showSchedule", "createSchedule", "changeSchedule", "switchScheduleOn",
            "switchScheduleOff", "showWorkflowVersion",
    ];
    static readonly string[] Conditional = ["showSchedule", "showWorkflowVersion"];
    static readonly string[] Guarded = ["setPool", "setSecret", "removeSecret", "changeSchedule", "deleteSchedule"];
    static readonly string[] Creating = ["setPool", "setSecret"];

    /// <summary>Describes an operation.</summary>
    public static async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var access = metadata.OfType<RequiredAccess>().LastOrDefault();
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal);
        operation.Extensions[Role] = new JsonNodeExtension(access?.Role?.ToString().ToLowerInvariant() ?? "none");
        operation.Parameters ??= [];
        operation.Responses ??= [];
        var route = context.Description.RelativePath ?? "";
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>()) ApiLimits.OfParameter(parameter, $"/{route}");

        AddHeaders(operation);
        await AddAnswersAsync(operation, context, cancellationToken);
        await AddProblemsAsync(operation, context, metadata, access, cancellationToken);
        AddAnswerHeaders(operation);
    }

    static void AddHeaders(OpenApiOperation operation)
    {
        var name = operation.OperationId ?? "";
        if (Conditional.Contains(name)) operation.Parameters!.Add(Header("If-None-Match",
            "An ETag that is known: where it is still right, the answer is 304."));
        if (Guarded.Contains(name)) operation.Parameters!.Add(Header("If-Match",
            "The ETag that the change is made from; * for whatever there is where the operation says so. Without it the answer is 428."));
        if (Creating.Contains(name)) operation.Parameters!.Add(Header("If-None-Match",
            "* instead of If-Match: only where there is none of that name yet."));
    }

    static async Task AddAnswersAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken)
    {
        var answers = operation.Responses!;
        if (Conditional.Contains(operation.OperationId ?? "")) answers.TryAdd("304", new OpenApiResponse { Description = "Not Modified" });
        if (operation.OperationId is "startBackfill" && answers["200"] is OpenApiResponse { Content: { } either })
        {
            either["application/json"].Schema = new OpenApiSchema
            {
                AnyOf = [new OpenApiSchemaReference(nameof(BackfillResponse), context.Document),
                    new OpenApiSchemaReference(nameof(BackfillPreviewResponse), context.Document)],
            };
        }
        foreach (var stream in answers.Values.Select(static answer => answer.Content).Where(static content =>
            content?.ContainsKey(EventStream) is true))
        {
            context.Document?.AddComponent(nameof(ProgressResponse), await context.GetOrCreateSchemaAsync(typeof(ProgressResponse),
                parameterDescription: null, cancellationToken));
            // The stream as a whole is text; its events are typed one by one.
            stream![EventStream].Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "Server-sent events. The data of each is JSON, by the event's name as x-events says.",
                Extensions = new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal)
                {
                    ["x-events"] = new JsonNodeExtension(new JsonObject
                    {
                        ["progress"] = Reference(nameof(ProgressResponse)), ["log"] = Reference(nameof(LogLineResponse)),
                        ["*"] = Reference(nameof(RunEventResponse)),
                    }),
                },
            };
        }
    }

    static async Task AddProblemsAsync(
        OpenApiOperation operation, OpenApiOperationTransformerContext context, IList<object> metadata, RequiredAccess? access,
            CancellationToken cancellationToken)
    {
        var isChange = context.Description.HttpMethod is not ("GET" or "HEAD");
        IEnumerable<EndpointProblem> problems =
        [
            .. metadata.OfType<EndpointProblem>(), .. EndpointProblems.OfAll, .. isChange ? EndpointProblems.OfChanges : [],
            .. access is { Role: null } ? [] : EndpointProblems.OfRoles, .. operation.RequestBody is null ? [] : EndpointProblems.OfBodies,
            .. operation.Parameters!.Any(static parameter => parameter.In is ParameterLocation.Path) ? EndpointProblems.OfPaths : [],
        ];
        context.Document?.AddComponent(Problem, await context.GetOrCreateSchemaAsync(typeof(ApiProblem), parameterDescription: null,
            cancellationToken));
        foreach (var ofStatus in problems.GroupBy(static problem => problem.Status).OrderBy(static group => group.Key))
        {
            var description = $"Problem: {string.Join(", ", ofStatus.Select(static problem => problem.Code).Distinct(StringComparer.Ordinal))}.";
            operation.Responses!.TryAdd($"{ofStatus.Key}", new OpenApiResponse { Description = description });
            if (operation.Responses[$"{ofStatus.Key}"] is not OpenApiResponse answer) continue;
            answer.Content ??= new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal);
            answer.Content[ApiProblem.MediaType] = new() { Schema = new OpenApiSchemaReference(Problem, context.Document) };
        }
    }

    static void AddAnswerHeaders(OpenApiOperation operation)
    {
        foreach (var (status, any) in operation.Responses!)
        {
            if (any is not OpenApiResponse answer) continue;
            if (status is "201") Add(answer, "Location", "Address of what was made.");
            if (status is "200" or "201" or "304" && Tagged.Contains(operation.OperationId ?? "")) Add(answer, "ETag",
                "Version of what is answered; a change is made from it.");
            if (status is "401") Add(answer, "WWW-Authenticate", "Bearer.");
            if (status is "405") Add(answer, "Allow", "The methods that the address takes.");
            if (status is "429" or "503") Add(answer, "Retry-After", "Seconds until it is worth asking again.");
        }
    }

    static JsonObject Reference(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    static OpenApiParameter Header(string name, string description) => new()
    {
        Name = name, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    static void Add(OpenApiResponse answer, string name, string description) =>
        (answer.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal))[name] =
            new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
}
