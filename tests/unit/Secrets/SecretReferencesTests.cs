using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Secrets;

public sealed class SecretReferencesTests
{
    static readonly Dictionary<string, string> Values = new() { ["shop-api"] = "value \"1\"", ["b"] = "${secret:shop-api}" };

    [Theory]
    [InlineData("\"secret:shop-api\"", "\"value \\\"1\\\"\"")]
    [InlineData("\"Bearer ${secret:shop-api}\"", "\"Bearer value \\\"1\\\"\"")]
    [InlineData("{\"X-Key\":\"secret:shop-api\",\"n\":[1.50,\"a${secret:shop-api}${secret:b}\"]}", "{\"X-Key\":\"value \\\"1\\\"\",\"n\":[1.50,\"avalue \\\"1\\\"${secret:shop-api}\"]}")]
    [InlineData("\"secret:other\"", "\"secret:other\"")]
    [InlineData("\"the secret:shop-api\"", "\"the secret:shop-api\"")]
    [InlineData("\"secret:shop-api \"", "\"secret:shop-api \"")]
    [InlineData("\"secret:\"", "\"secret:\"")]
    [InlineData("12", "12")]
    public void References_and_nothing_else_become_values(string given, string expected) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), SecretReferences.Fill(JsonElement.Parse(given), Values)), $"{SecretReferences.Fill(JsonElement.Parse(given), Values)}");

    [Theory]
    [InlineData("\"secret:shop-api\"", "shop-api")]
    [InlineData("\"${secret:a.b} ${secret:A_1} ${secret:a.b}\"", "A_1,a.b")]
    [InlineData("[{\"a\":\"secret:x\"},\"secret:y\"]", "x,y")]
    [InlineData("\"secret:1x\"", "")]
    [InlineData("\"${secret:a b}\"", "")]
    [InlineData("\"secret\"", "")]
    public void Names_in_a_value_are_found(string given, string expected)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        SecretReferences.Find(JsonElement.Parse(given), names);

        Assert.Equal(expected, string.Join(',', names));
    }

    [Theory]
    [InlineData("JavaScript", "'Bearer ' + getSecret('shop-api')", "Bearer ${secret:shop-api}")]
    [InlineData("Liquid", "Bearer {{ Secrets.shop-api }}", "Bearer ${secret:shop-api}")]
    public void Scripts_and_templates_get_a_placeholder(string language, string text, string expected)
    {
        var scope = new ExpressionScope();
        var value = new ExpressionEvaluator().Evaluate(new(language, JsonSerializer.SerializeToElement(text)), typeof(string), scope);

        Assert.Equal((expected, "shop-api"), (value, string.Join(',', scope.TakeSecrets())));
        Assert.Empty(scope.TakeSecrets());
    }

    [Fact]
    public void A_script_that_asks_for_what_is_no_name_fails()
    {
        var failure = Assert.Throws<ActivityFailedException>(() =>
            new ExpressionEvaluator().Evaluate(new("JavaScript", JsonSerializer.SerializeToElement("getSecret('a b')")), typeof(string), new()));

        Assert.Equal(("secrets.bad_name", false), (failure.Code, failure.IsRetryable));
    }
}
