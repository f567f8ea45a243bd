using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Server.Api;

/// <summary>Limits of parameters and members that the OpenAPI document declares, matching the checks in code.</summary>
static class ApiLimits
{
    /// <summary>Pattern of a month in the years 0001 to 9998.</summary>
    public const string Month = "^(?!0000|9999)[0-9]{4}-(0[1-9]|1[0-2])$";

    const string MonthOrNone = "^(none|(?!0000|9999)[0-9]{4}-(0[1-9]|1[0-2]))$", Cursor = "^[A-Za-z0-9_-]+$";
    const string Time = @"^([0-9]{1,4}\.)?([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,7})?$";
    const string Pool = "^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$", Secret = "^[A-Za-z][A-Za-z0-9._-]{0,99}$";
    const string User = "^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$", Token = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", Schedule = "^[a-z0-9_-]{1,64}$";

    static readonly string[] Roles = ["viewer", "operator", "author", "admin"];
    static readonly string[] Sorts = ["created", "-created", "finished", "-finished", "partition", "-partition"];

    // In upper or lower case, with spaces around the commas.
    static readonly string Status = $" *({string.Join('|', Enum.GetNames<RunStatus>().Select(static name => string.Concat(
        name.Select(static letter => $"[{char.ToUpperInvariant(letter)}{char.ToLowerInvariant(letter)}]"))))}) *";
    static readonly string Statuses = $"^{Status}(,{Status})*$";

    static readonly Dictionary<(Type, string), Action<OpenApiSchema>> Members = new()
    {
        [(typeof(StartRunRequest), "workflow")] = NotEmpty,
        [(typeof(StartRunRequest), "partition")] = Matching(MonthOrNone),
        [(typeof(RunDefinitionRequest), "partition")] = Matching(MonthOrNone),
        [(typeof(VacuumRequest), "grace")] = Matching(Time),
        [(typeof(PoolRequest), "slots")] = Between(1, int.MaxValue),
        [(typeof(NewUserRequest), "name")] = Matching(User),
        [(typeof(NewUserRequest), "role")] = OneOf(Roles),
        [(typeof(NewUserRequest), "password")] = Long(12, 256),
        [(typeof(UserRoleRequest), "role")] = OneOf(Roles),
        [(typeof(UserPasswordRequest), "password")] = Long(12, 256),
        [(typeof(NewTokenRequest), "name")] = Matching(Token),
        [(typeof(NewTokenRequest), "user")] = Matching(User),
        [(typeof(NewTokenRequest), "role")] = Matching($"^({string.Join('|', Roles)})$"),
        [(typeof(NewTokenRequest), "lifetime")] = Matching(Time),
        [(typeof(SecretRequest), "value")] = static schema => (schema.Type, schema.MinLength, schema.MaxLength) = (JsonSchemaType.String,
            4, 65_536),
        [(typeof(SecretRequest), "hosts")] = Long(1, SecretHosts.LongestList),
        [(typeof(ScheduleRequest), "workflow")] = NotEmpty,
        [(typeof(ScheduleRequest), "cron")] = NotEmpty,
        [(typeof(ScheduleRequest), "zone")] = NotEmpty,
        [(typeof(ScheduleRequest), "maxParallel")] = Between(1, 100),
        [(typeof(NewScheduleRequest), "id")] = Matching(Schedule),
        [(typeof(BackfillRequest), "workflow")] = NotEmpty,
        [(typeof(BackfillRequest), "maxParallel")] = Between(1, 100),
    };

    /// <summary>Declares the limits of the members of a type.</summary>
    public static void OfMembers(OpenApiSchema schema, Type type)
    {
        if (type == typeof(SecretRequest)) (schema.Required ??= new HashSet<string>(StringComparer.Ordinal)).Add("value");
        for (var at = type; at is not null; at = at.BaseType)
        {
            foreach (var (name, member) in schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
                if (Members.TryGetValue((at, name), out var declare) && member is OpenApiSchema inline) declare(inline);
        }
    }

    /// <summary>Declares the limits of a parameter.</summary>
    /// <param name="route">Template of the address.</param>
    public static void OfParameter(OpenApiParameter parameter, string route)
    {
        if (parameter.Schema is not OpenApiSchema schema) return;
        var isPath = parameter.In is ParameterLocation.Path;
        Action<OpenApiSchema>? declare = (parameter.Name, isPath) switch
        {
            ("limit", _) => route.Contains("/marts/", StringComparison.Ordinal) ? Between(1, 100_000) : Between(1, PageCursor.LargestLimit),
            ("count", _) => Between(1, 1_000),
            ("number", _) => Between(1, int.MaxValue),
            ("partition" or "month" or "fromPartition" or "toPartition", _) => Matching(Month),
            ("cursor", _) => Matching(Cursor),
            ("sort", _) => OneOf(Sorts),
            ("status", false) => Matching(Statuses),
            ("cron" or "zone", false) => NotEmpty,
            ("name", true) when route.Contains("/pools/", StringComparison.Ordinal) => Matching(Pool),
            ("name", true) when route.Contains("/secrets/", StringComparison.Ordinal) => Matching(Secret),
            ("name", true) when route.Contains("/users/", StringComparison.Ordinal) => Matching(User),
            ("name", true) when route.Contains("/tokens/", StringComparison.Ordinal) => Matching(Token),
            ("name", true) when route.Contains("/events/", StringComparison.Ordinal) => Long(1, 200),
            (IdempotentStarts.Header, _) => Long(1, 200),
            ("Last-Event-ID", _) => Matching("^[0-9]{1,18}$"),
            (_, true) when schema is { Type: JsonSchemaType.String, Format: null } => NotEmpty,
            _ => null,
        };
        declare?.Invoke(schema);
    }

    static void NotEmpty(OpenApiSchema schema) => schema.MinLength = 1;

    static Action<OpenApiSchema> Matching(string pattern) => schema => schema.Pattern = pattern;

    static Action<OpenApiSchema> Long(int least, int most) => schema => (schema.MinLength, schema.MaxLength) = (least, most);

    static Action<OpenApiSchema> Between(int least, int most) => schema => (schema.Minimum, schema.Maximum) =
        (least.ToString(CultureInfo.InvariantCulture), most.ToString(CultureInfo.InvariantCulture));

    static Action<OpenApiSchema> OneOf(string[] values) => schema => schema.Enum = [.. values.Select(static value => (JsonNode)value)];
}
