using System.Globalization;
using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Describes <see cref="FlowSendHttpRequest"/>: an outcome for each status.</summary>
sealed class FlowSendHttpRequestType : DecidingActivity
{
    const string Expected = "ExpectedStatusCodes";

    protected override ActivityDescriptor Describe() => HttpRequestInputs.Describe(
        "Elsa.FlowSendHttpRequest", "HTTP Request (flow)", typeof(FlowSendHttpRequest),
        new InputDescriptor(Expected, typeof(int[]), new()
        {
            Description = "A list of expected status codes, each of which becomes an outcome.", UIHint = UIHints.MultiText,
            DefaultValue = new[] { 200 }, Order = 5.1f,
        }) with
        { TypeName = "List<Int32>" });

    public override IReadOnlyList<string>? OutcomesOf(ActivityNode node)
    {
        var codes = node.Inputs.TryGetValue(Expected, out var given) ? given.WrittenTexts : ["200"];
        return codes is null ? null
            : [.. codes, HttpRequestActivity.Unmatched, HttpRequestActivity.FailedToConnect, HttpRequestActivity.TimedOut, "Done"];
    }
}

/// <summary>
/// Describes <see cref="SendHttpRequest"/>: an inner activity for each status, which follows the response. It has attempts, and opens when
/// one of them has received the response.
/// </summary>
sealed class SendHttpRequestType : ContainerActivity
{
    const string Expected = "ExpectedStatusCodes";

    protected override ActivityDescriptor Describe() => HttpRequestInputs.Describe(
        "Elsa.SendHttpRequest", "HTTP Request", typeof(SendHttpRequest),
        In<JsonElement>(Expected, "A list of expected status codes, each with the activity to execute.", "http-status-codes") with
        {
            IsWrapped = false,
            TypeName = Unregistered(
                "System.Collections.Generic.ICollection`1[[Elsa.Http.HttpStatusCodeCase, Elsa.Http]]", "System.Private.CoreLib"),
        }) with
    {
        Ports = Embedded("UnmatchedStatusCode", "FailedToConnect", "Timeout"),
    };

    public override IEnumerable<CaseOnWire> ReadCases(JsonCursor cursor) =>
        cursor.Objects("expectedStatusCodes")
            .Select(expected => new CaseOnWire($"{expected.Integer("statusCode")}", Condition: null, expected));

    public override JsonElement? ValueOf(ActivityNode node, string input) => input is not Expected ? null
        : ValueConversion.ToJson(node.Cases.Select(one =>
            int.TryParse(one.Label, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : 0));

    public override IReadOnlyDictionary<string, JsonElement>? OutputsOf(ActivityNode node, ExecutionState container) =>
        container.Reused?.Outputs;

    protected override ContainerAdvanced OnOpen(in ControlContext context)
    {
        var (node, container) = (context.Node, context.Execution);
        var outcomes = AnswerOf(container);
        var written = container.Reused is { } kept ? VariablesInScope.Written(context.Definition, node, kept.Outputs) : null;
        return node.InnerOf(outcomes[0]) is { } inner
            ? new(container.Number, Child: null, [new(context.State.Executions.Count + 1, inner.Id)], Variables: written)
            : new(container.Number, Child: null, Completes: outcomes, Variables: written);
    }

    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
        new(context.Number, child.Number, Completes: AnswerOf(context.Execution));

    static IReadOnlyList<string> AnswerOf(ExecutionState container) => container.Reused?.Outcomes ?? container.Outcomes ?? Done;
}

/// <summary>Inputs that both kinds of HTTP requests share.</summary>
static class HttpRequestInputs
{
    static string[] Methods => ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];

    static string[] ContentTypes =>
    [
        "", "application/json", "application/soap+xml", "application/x-www-form-urlencoded", "application/xml", "text/html", "text/json",
        "text/plain", "text/richtext", "text/xml",
    ];

    public static ActivityDescriptor Describe(string typeName, string displayName, Type type, InputDescriptor expected) =>
        new(typeName, "HTTP", displayName, "Send an HTTP request.", ActivityKind.Task,
            [
                expected,
                new("Url", typeof(string), new() { Description = "The address to ask.", TakesSecrets = true })
                {
                    TypeName = "UnregisteredClrType:System.Uri, System.Private.Uri",
                },
                Choice("Method", "The HTTP method to use.", Methods, 1, "GET"),
                new("Content", typeof(JsonElement), new()
                {
                    Description = "What to send: a text, or an object, which is sent as JSON or as a form.", Order = 2,
                    UIHint = UIHints.SingleLine, TakesSecrets = true,
                })
                { TypeName = "Object" },
                Choice("ContentType", "The type of the content.", ContentTypes, 3, or: null),
                new("Authorization", typeof(string), new()
                {
                    Description = "The value of the header Authorization, such as Bearer and a token: "
                        + "secret:NAME keeps it out of the definition.",
                    Category = "Security", Order = 4, CanContainSecrets = true,
                }),
                new("DisableAuthorizationHeaderValidation", typeof(bool), new()
                {
                    Description = "Send Authorization as it is, whatever its form.", Category = "Security", Order = 5,
                }),
                new("RequestHeaders", typeof(JsonElement), new()
                {
                    Description = "Further headers of the request.", Category = "Advanced", Order = 6, UIHint = UIHints.JsonEditor,
                    TakesSecrets = true,
                })
                { TypeName = "HttpHeaders" },
                new("EnableResiliency", typeof(bool), new()
                {
                    Description = "Without effect: the retry policy of the activity counts.",
                }),
            ],
            [
                new("StatusCode", typeof(int), "The status of the answer."),
                new("ParsedContent", typeof(object), "The content of the answer: JSON as such, text as text, anything else as Base64."),
                new("ResponseHeaders", typeof(object), "The headers of the answer.") { TypeName = "HttpHeaders" },
                new("Result", typeof(object), null) { TypeName = "HttpResponseMessage", IsSerializable = false },
            ], type)
        {
            CustomProperties = new Dictionary<string, object> { ["Resilient"] = true, ["ResilienceCategory"] = "HTTP" },
        };

    static InputDescriptor Choice(string name, string description, string[] options, float order, string? or) =>
        new(name, typeof(string), new()
        {
            Description = description, UIHint = UIHints.DropDown, Options = options, Order = order, DefaultValue = or,
        });
}
