using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Expressions;

/// <summary>What holds for every conversion.</summary>
public sealed class ConversionPropertyTests
{
    static readonly Type[] Types =
    [
        typeof(string), typeof(bool), typeof(byte), typeof(short), typeof(int), typeof(long), typeof(float), typeof(double), typeof(decimal), typeof(Guid), typeof(DateTime),
        typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Uri), typeof(object), typeof(JsonElement), typeof(System.Text.Json.Nodes.JsonNode),
        typeof(System.Text.Json.Nodes.JsonObject), typeof(System.Text.Json.Nodes.JsonArray), typeof(Dictionary<string, object>), typeof(Dictionary<string, string>), typeof(ActivityKind),
        typeof(int?), typeof(int[]), typeof(string[]), typeof(IReadOnlyList<DateOnly>), typeof(List<object>), typeof(Definitions.Counted),
    ];

    static readonly Gen<string> Texts = Gen.OneOf(
        ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""),
        Gen.Elements("", " ", "true", "False", "0", "-1", "2.7", "1e400", "NaN", "Infinity", "9999999999999999999999999999999", "2026-02-30", "2026-10-31T12:00:00+25:00", "[1,2", "[]", "{}", "null", "\"",
            "[[[[", "00:00:30", "25:00:00", "http://[", "\u0000", "0x10", "1,000", "٣", "99999.00:00:00", "{\"boxes\":\"x\"}"));

    static readonly Gen<JsonElement> Values = Gen.Sized(Value);

    static Gen<JsonElement> Value(int size)
    {
        Gen<JsonElement>[] plain =
        [
            Texts.Where(IsWhole).Select(Json), ArbMap.Default.GeneratorFor<int>().Select(Json), ArbMap.Default.GeneratorFor<decimal>().Select(Json), ArbMap.Default.GeneratorFor<bool>().Select(Json),
            Gen.Elements("1e400", "-0", "1.0", "3000000000", "123456789012345678901234567890", "1e-300", "null", "9007199254740993").Select(text => JsonElement.Parse(text)),
        ];
        if (size < 2) return Gen.OneOf(plain);
        var inner = Value(size / 4);
        return Gen.OneOf([.. plain, inner.ArrayOf(3).Select(Json), inner.ArrayOf(2).Select(items => Json(items.Select((item, place) => (Name: $"p{place}", item)).ToDictionary(member => member.Name, member => member.item)))]);
    }

    // Half a character is no JSON.
    static bool IsWhole(string text) => !text.EnumerateRunes().Any(rune => rune.Value == 0xFFFD);

    static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value);

    [Fact]
    public void Whatever_is_converted_to_whatever_gives_a_value_of_the_type_or_the_one_failure()
    {
        var cases = Values.Zip(Gen.Elements(Types));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(20_000), Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var (value, target) = given;
            try
            {
                return ValueConversion.Convert(value, target) is not { } converted || (Nullable.GetUnderlyingType(target) ?? target).IsInstanceOfType(converted);
            }
            catch (ActivityFailedException failure)
            {
                return failure is { Code: "expression.conversion", IsRetryable: false } && failure.Message.EndsWith('.');
            }
        }));
    }

    [Fact]
    public void What_was_converted_stays_as_it_is_through_the_journal()
    {
        // Infinite texts for numbers aside, what a type holds is recorded as JSON and read back: both must mean the same.
        var cases = Values.Zip(Gen.Elements(Types.Where(type => type != typeof(object) && type != typeof(List<object>) && type != typeof(Dictionary<string, object>)).ToArray()));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(20_000), Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var (value, target) = given;
            if (!ValueConversion.TryConvert(value, target, out var converted) || converted is null) return true;
            var recorded = ValueConversion.ToJson(converted);
            return JsonElement.DeepEquals(recorded, ValueConversion.ToJson(ValueConversion.Convert(JsonElement.Parse(recorded.GetRawText()), target)));
        }));
    }

    [Fact]
    public void A_variable_keeps_what_it_keeps()
    {
        string[] types = ["String", "Boolean", "Byte", "Int16", "Int32", "Int64", "Single", "Double", "Decimal", "Guid", "DateTime", "DateTimeOffset", "DateOnly", "TimeOnly", "TimeSpan", "Uri", "Object", "JsonObject", "StringDictionary"];
        var cases = Values.Zip(Gen.Elements(types)).Zip(ArbMap.Default.GeneratorFor<bool>());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(10_000), Prop.ForAll(cases.ToArbitrary(), given =>
        {
            var variable = new VariableDefinition("v", "V", given.Item1.Item2, given.Item2, Default: null);
            try
            {
                var once = ValueConversion.ForVariable(given.Item1.Item1, variable);
                return JsonElement.DeepEquals(once, ValueConversion.ForVariable(once, variable));
            }
            catch (ActivityFailedException failure)
            {
                return failure.Code == "expression.conversion";
            }
        }));
    }
}
