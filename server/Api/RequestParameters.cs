using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Api;

/// <summary>
/// Refuses route and query parameters that do not match the OpenAPI document. The framework is more lenient: it accepts '7' for any enum,
/// empty text for a missing value and '1/2/2026' for a time.
/// </summary>
static partial class RequestParameters
{
    /// <summary>Checks the parameters of every endpoint of a group.</summary>
    public static RouteGroupBuilder CheckParameters(this RouteGroupBuilder group) => group.AddEndpointFilterFactory(static (endpoint,
        next) =>
    {
        var parameters = endpoint.MethodInfo.GetParameters();
        var forms = parameters.Select(static parameter => FormOf(parameter.Name!, parameter.ParameterType)).OfType<Form>().ToList();
        var takesKey = parameters.Any(static parameter =>
            parameter.GetCustomAttribute<FromHeaderAttribute>()?.Name == IdempotentStarts.Header);
        return forms.Count == 0 && !takesKey ? next : invocation =>
        {
            if (takesKey) IdempotentStarts.CheckKey(invocation.HttpContext.Request.Headers);
            foreach (var form in forms) form.Check(invocation.HttpContext.Request);
            return next(invocation);
        };
    });

    static Form? FormOf(string name, Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type.IsEnum ? new(name, $"one of {string.Join(", ", Enum.GetNames(type))}", Enum.GetNames(type).Contains)
            : type == typeof(int) || type == typeof(long) ? new(name, "a whole number", Whole().IsMatch)
            : type == typeof(bool) ? new(name, "true or false", static text => text is "true" or "false")
            : type == typeof(Guid) ? new(name, "an id such as 01890a5d-ac96-774b-bcce-b302099a8057", static text =>
                Guid.TryParseExact(text, "D", out _))
            : type == typeof(DateTimeOffset) ? new(name, "a time such as 2026-10-01T00:00:00Z", Moment().IsMatch)
            : null;
    }

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)\z")]
    private static partial Regex Whole();

    // RFC 3339, which is what date-time means in OpenAPI.
    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex Moment();

    sealed record Form(string Name, string What, Func<string, bool> Fits)
    {
        public void Check(HttpRequest request)
        {
            var given = request.RouteValues.TryGetValue(Name, out var part)
                ? Convert.ToString(part, CultureInfo.InvariantCulture)
                : request.Query.TryGetValue(Name, out var values) ? values.ToString() : null;
            if (given is null || Fits(given)) return;
            throw new ApiException(400, "request.malformed",
                $"'{Name}' is '{given}', but must be {What}. /openapi/v1.json says what is expected.");
        }
    }
}
