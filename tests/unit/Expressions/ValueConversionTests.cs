using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Definitions;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Expressions;

public sealed class ValueConversionTests
{
    [Theory]
    [InlineData("5", typeof(string), "5")]
    [InlineData("1.50", typeof(string), "1.50")]
    [InlineData("true", typeof(string), "True")]
    [InlineData("""{"a": [1, "ä<"]}""", typeof(string), """{"a":[1,"ä<"]}""")]
    [InlineData("null", typeof(string), null)]
    [InlineData("\"\"", typeof(string), "")]
    [InlineData("1", typeof(bool), true)]
    [InlineData("0", typeof(bool), false)]
    [InlineData("\"true\"", typeof(bool), true)]
    [InlineData("\"\"", typeof(bool), false)]
    [InlineData("null", typeof(bool), null)]
    [InlineData("\"42\"", typeof(int), 42)]
    [InlineData("2.7", typeof(int), 3)]
    [InlineData("2.5", typeof(int), 2)]
    [InlineData("1e3", typeof(int), 1000)]
    [InlineData("null", typeof(int), null)]
    [InlineData("\" \"", typeof(int), null)]
    [InlineData("9007199254740993", typeof(long), 9007199254740993L)]
    [InlineData("\"1.25\"", typeof(double), 1.25)]
    [InlineData("\"Job\"", typeof(ActivityKind), ActivityKind.Job)]
    [InlineData("\"job\"", typeof(ActivityKind?), ActivityKind.Job)]
    [InlineData("[1, \"2\"]", typeof(int[]), new[] { 1, 2 })]
    [InlineData("\"[1, 2]\"", typeof(int[]), new[] { 1, 2 })]
    [InlineData("[1, \"a\"]", typeof(IReadOnlyList<string>), new[] { "1", "a" })]
    public void Value_becomes_the_type_of_the_input(string json, Type target, object? expected) =>
        Assert.Equal(expected, ValueConversion.Convert(JsonElement.Parse(json), target));

    [Fact]
    public void Value_becomes_the_types_that_business_data_has()
    {
        Assert.Equal(370886.41m, Convert<decimal>("370886.41"));
        Assert.Equal(12345678901234567890.12m, Convert<decimal>("\"12345678901234567890.12\""));
        Assert.Equal(new DateOnly(2026, 10, 31), Convert<DateOnly>("\"2026-10-31\""));
        Assert.Equal(new DateOnly(2026, 10, 31), Convert<DateOnly>("\"2026-10-31T00:00:00.000Z\""));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), Convert<TimeSpan>("\"00:00:01.5\""));
        Assert.Equal(new DateTimeOffset(2026, 10, 31, 12, 0, 0, TimeSpan.Zero), Convert<DateTimeOffset>("\"2026-10-31T12:00:00\""));
        foreach (var text in (string[])["2026-10-31T12:00", "2026-10-31 12:00:00", "2026-10-31T12:00:00.0000000Z",
            "2026-10-31T14:00:00,000+02", "2026-10-31T14:00:00+0200"])
            Assert.Equal(new DateTimeOffset(2026, 10, 31, 12, 0, 0, TimeSpan.Zero),
                Convert<DateTimeOffset>($"\"{text}\"").ToUniversalTime());
        Assert.Equal(new TimeOnly(9, 30), Convert<TimeOnly>("\"09:30\""));
        Assert.Equal(new DateTime(2026, 10, 31, 10, 0, 0, DateTimeKind.Utc), Convert<DateTime>("\"2026-10-31T12:00:00+02:00\""));
        Assert.Equal(new(42, 0.05m), Convert<Counted>("""{"boxes":42,"share":0.05}"""));
        Assert.Equal(new(42, 0.05m), Convert<Counted>("""  "{\"Boxes\":\"42\",\"share\":0.05,\"more\":[]}"  """));
        Assert.Equal([new(1, 1), new(2, 2)], Convert<IReadOnlyList<Counted>>("""[{"boxes":1,"share":1},{"boxes":2,"share":2}]"""));
        Assert.Equal(7, Convert<JsonObject>("""{"a":7}""")["a"]!.GetValue<int>());
        Assert.Equal(7, Convert<JsonElement>("""{"a":7}""").GetProperty("a").GetInt32());
        Assert.Equal("b", Convert<Dictionary<string, string>>("""{"a":"b"}""")["a"]);
    }

    [Theory]
    [InlineData("\"maybe\"", typeof(bool), "\"maybe\" cannot be converted to Boolean. Give true or false.")]
    [InlineData("\"2.7\"", typeof(int), "\"2.7\" cannot be converted to Int32. Give a whole number that fits Int32.")]
    [InlineData("3000000000", typeof(int), "3000000000 cannot be converted to Int32. Give a whole number that fits Int32.")]
    [InlineData("true", typeof(int), "true cannot be converted to Int32. Give a whole number that fits Int32.")]
    [InlineData("1e400", typeof(double), "1e400 cannot be converted to Double. Give a number.")]
    [InlineData("{}", typeof(decimal), "An object cannot be converted to Decimal. Give a number.")]
    [InlineData("\"05.10.2026\"", typeof(DateOnly), "\"05.10.2026\" cannot be converted to DateOnly. Give a day such as 2026-10-31.")]
    [InlineData("\"10/05/2026\"", typeof(DateTime),
        "\"10/05/2026\" cannot be converted to DateTime. Give a moment such as 2026-10-31T12:00:00Z.")]
    [InlineData("\"12:00\"", typeof(DateTimeOffset),
        "\"12:00\" cannot be converted to DateTimeOffset. Give a moment such as 2026-10-31T12:00:00Z.")]
    [InlineData("\"5 Oct 2026\"", typeof(DateTimeOffset),
        "\"5 Oct 2026\" cannot be converted to DateTimeOffset. Give a moment such as 2026-10-31T12:00:00Z.")]
    [InlineData("\"2026-10\"", typeof(DateOnly), "\"2026-10\" cannot be converted to DateOnly. Give a day such as 2026-10-31.")]
    [InlineData("\"3 pm\"", typeof(TimeOnly), "\"3 pm\" cannot be converted to TimeOnly. Give a time of day such as 09:30.")]
    [InlineData("\"2026-02-30\"", typeof(DateOnly), "\"2026-02-30\" cannot be converted to DateOnly. Give a day such as 2026-10-31.")]
    [InlineData("5", typeof(TimeSpan), "5 cannot be converted to TimeSpan. Give a duration such as 00:00:30.")]
    [InlineData("\"Sprint\"", typeof(ActivityKind), "\"Sprint\" cannot be converted to ActivityKind. Give one of Action, Trigger, Job, Task.")]
    [InlineData("[1, null]", typeof(int[]), "An array of 2 cannot be converted to a list of Int32. Give a JSON array of that type.")]
    [InlineData("\"2026-10\"", typeof(IReadOnlyList<string>), "\"2026-10\" cannot be converted to a list of String. Give a JSON array of that type.")]
    [InlineData("[]", typeof(Counted), "An array of 0 cannot be converted to Counted. Give a JSON object of that shape.")]
    [InlineData("\"0123456789012345678901234567890123456789\"", typeof(int), "\"01234567890123456789012345678901234567… cannot be converted to Int32. Give a whole number that fits Int32.")]
    public void Value_that_does_not_fit_fails_instead_of_becoming_a_default(string json, Type target, string message)
    {
        var failure = Assert.Throws<ActivityFailedException>(() => ValueConversion.Convert(JsonElement.Parse(json), target));

        Assert.Equal(("expression.conversion", message, false), (failure.Code, failure.Message, failure.IsRetryable));
    }

    [Theory]
    [InlineData("Int32", false, "\"41\"", "41")]
    [InlineData("Int32", false, "\"many\"", "null")]
    [InlineData("String", true, "\"[\\\"a\\\", 1]\"", "[\"a\",\"1\"]")]
    [InlineData("Object", false, "\"{\\\"a\\\":1}\"", "\"{\\\"a\\\":1}\"")]
    [InlineData("Object", false, "1.0", "1.0")]
    [InlineData("StagedMonth", false, """{"assets":[1e2]}""", """{"assets":[1e2]}""")]
    [InlineData("DateTime", false, "\"2026-10-31T12:30:45Z\"", "\"2026-10-31T12:30:45Z\"")]
    [InlineData("Decimal", false, "null", "null")]
    public void Variable_starts_with_its_default_in_its_type(string typeName, bool isArray, string given, string expected) =>
        Assert.Equal(expected, ValueConversion.InitialValue(new("v1", "V", typeName, isArray, JsonElement.Parse(given))).GetRawText());

    [Fact]
    public void Variable_refuses_what_is_not_of_its_type()
    {
        var count = new VariableDefinition("v1", "Count", "Int32", IsArray: false, Default: null);

        Assert.Equal("7", ValueConversion.ForVariable(JsonElement.Parse("\"7\""), count).GetRawText());
        Assert.Throws<ActivityFailedException>(() => ValueConversion.ForVariable(JsonElement.Parse("\"seven\""), count));
    }

    static T Convert<T>(string json) => (T)ValueConversion.Convert(JsonElement.Parse(json), typeof(T))!;
}
