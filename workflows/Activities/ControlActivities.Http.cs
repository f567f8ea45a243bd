using System.Text.Json;

namespace Orchestrator.Workflows.Activities;

// What asks other servers.
public static partial class ControlActivities
{
    /// <summary>Sends a request; an inner activity for each status.</summary>
    public const string SendHttpRequest = "Elsa.SendHttpRequest";

    /// <summary>Sends a request; an outcome for each status.</summary>
    public const string FlowSendHttpRequest = "Elsa.FlowSendHttpRequest";

    static string[] HttpMethods => ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];

    static string[] ContentTypes =>
        ["", "application/json", "application/soap+xml", "application/x-www-form-urlencoded", "application/xml", "text/html", "text/json", "text/plain", "text/richtext", "text/xml"];

    static IReadOnlyList<ActivityDescriptor> Requests =>
    [
        Request(FlowSendHttpRequest, "HTTP Request (flow)", typeof(Workflows.Http.FlowSendHttpRequest),
            new InputDescriptor("ExpectedStatusCodes", typeof(int[]), new()
            {
                Description = "A list of expected status codes, each of which becomes an outcome.", UIHint = UIHints.MultiText, DefaultValue = new[] { 200 }, Order = 5.1f,
            }) with { TypeName = "List<Int32>" }) with
        {
            OutcomesInput = "ExpectedStatusCodes",
        },
        Request(SendHttpRequest, "HTTP Request", typeof(Workflows.Http.SendHttpRequest),
            In<JsonElement>("ExpectedStatusCodes", "A list of expected status codes, each with the activity to execute.", "http-status-codes") with
            {
                IsWrapped = false,
                TypeName = Unregistered("System.Collections.Generic.ICollection`1[[Elsa.Http.HttpStatusCodeCase, Elsa.Http]]", "System.Private.CoreLib"),
            }) with
        {
            Ports = Embedded("UnmatchedStatusCode", "FailedToConnect", "Timeout"),
        },
    ];

    static ActivityDescriptor Request(string typeName, string displayName, Type type, InputDescriptor expected) =>
        new(typeName, "HTTP", displayName, "Send an HTTP request.", ActivityKind.Task,
            [
                expected,
                new("Url", typeof(string), new() { Description = "The address to ask.", TakesSecrets = true }) { TypeName = Unregistered("System.Uri", "System.Private.Uri") },
                Choice("Method", "The HTTP method to use.", HttpMethods, 1, "GET"),
                new("Content", typeof(JsonElement), new() { Description = "What to send: a text, or an object, which is sent as JSON or as a form.", Order = 2, UIHint = UIHints.SingleLine, TakesSecrets = true }) { TypeName = "Object" },
                Choice("ContentType", "The type of the content.", ContentTypes, 3, or: null),
                new("Authorization", typeof(string), new()
                {
                    Description = "The value of the header Authorization, such as Bearer and a token: secret:NAME keeps it out of the definition.", Category = "Security", Order = 4, CanContainSecrets = true,
                }),
                new("DisableAuthorizationHeaderValidation", typeof(bool), new() { Description = "Send Authorization as it is, whatever its form.", Category = "Security", Order = 5 }),
                new("RequestHeaders", typeof(JsonElement), new() { Description = "Further headers of the request.", Category = "Advanced", Order = 6, UIHint = UIHints.JsonEditor, TakesSecrets = true }) { TypeName = "HttpHeaders" },
                In<bool>("EnableResiliency", "Without effect: the retry policy of the activity counts."),
            ],
            [
                Out<int>("StatusCode", "The status of the answer."),
                Out<object>("ParsedContent", "The content of the answer: JSON as such, text as text, anything else as Base64."),
                Out<object>("ResponseHeaders", "The headers of the answer.") with { TypeName = "HttpHeaders" },
                Out<object>("Result") with { TypeName = "HttpResponseMessage", IsSerializable = false },
            ], type)
        {
            CustomProperties = new Dictionary<string, object> { ["Resilient"] = true, ["ResilienceCategory"] = "HTTP" },
        };

    static InputDescriptor Choice(string name, string description, string[] options, float order, string? or) =>
        new(name, typeof(string), new() { Description = description, UIHint = UIHints.DropDown, Options = options, Order = order, DefaultValue = or });
}
