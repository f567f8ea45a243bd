using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Expressions;

public sealed class ExpressionEvaluatorTests
{
    readonly ExpressionEvaluator evaluator = new();

    readonly ExpressionScope scope = new()
    {
        Variables =
        [
            Variable("v1", "greeting", "\"Hello\""), Variable("v2", "Count", "41"), Variable("v3", "list", "[1,2,3]"),
            Variable("v4", "not a name", "true"), Variable("v5", "Count", "7"), Variable("v6", "empty", "null"),
        ],
        Inputs = new Dictionary<string, JsonElement> { ["partition"] = Json("\"2026-10\""), ["Options"] = Json("""{"rows":5}""") },
        FindOutput = (activity, output) => (activity, output) is ("GenerateSales1", "Staged") ? Json("""{"assets":[]}""") : null,
        LastResult = Json("true"),
        CorrelationId = "order-7", RunId = "r-1", DefinitionId = "greet", DefinitionVersion = 3, DefinitionVersionId = "greet-3",
    };

    [Theory]
    [InlineData("Literal", "42", typeof(int), 42)]
    [InlineData("Literal", "\"42\"", typeof(int), 42)]
    [InlineData("Literal", "\"\"", typeof(int), null)]
    [InlineData("Variable", """{"id":"v2","name":"renamed"}""", typeof(int), 41)]
    [InlineData("Variable", "\"v1\"", typeof(string), "Hello")]
    [InlineData("Input", """{"name":"Partition"}""", typeof(string), "2026-10")]
    [InlineData("Input", "\"unknown\"", typeof(string), null)]
    [InlineData("Object", "\"[1, 2]\"", typeof(int[]), new[] { 1, 2 })]
    [InlineData("Json", "[1,2]", typeof(int[]), new[] { 1, 2 })]
    public void Simple_expressions_give_their_value(string type, string value, Type target, object? expected) =>
        Assert.Equal(expected, evaluator.Evaluate(new(type, Json(value)), target, scope));

    [Theory]
    [InlineData("1 + 2", "3")]
    [InlineData("return 'a' + 1;", "\"a1\"")]
    [InlineData("const a = 2; let b = `${a}${a}`; b", "\"22\"")]
    [InlineData("getGreeting() + '!'", "\"Hello!\"")]
    [InlineData("variables.greeting", "\"Hello\"")]
    [InlineData("variables.Greeting === undefined", "true")]
    [InlineData("getVariable('Count')", "41")]
    [InlineData("getCount()", "41")]
    [InlineData("getVariable('missing')", "null")]
    [InlineData("getVariable('not a name')", "true")]
    [InlineData("getEmpty()", "null")]
    [InlineData("getpartition()", "\"2026-10\"")]
    [InlineData("getInput('PARTITION')", "\"2026-10\"")]
    [InlineData("getInput('options').rows", "5")]
    [InlineData("getInput('missing')", "null")]
    [InlineData("getOutputFrom('GenerateSales1', 'Staged').assets.length", "0")]
    [InlineData("getOutputFrom('GenerateSales1', 'Missing')", "null")]
    [InlineData("getStagedFromGenerateSales1().assets.length", "0")]
    [InlineData("typeof getStagedFromNobody + typeof getFrom + typeof get", "\"undefinedundefinedundefined\"")]
    [InlineData("getLastResult()", "true")]
    [InlineData("getCorrelationId()", "\"order-7\"")]
    [InlineData("toJson({a: [1, 'x']})", "\"{\\\"a\\\":[1,\\\"x\\\"]}\"")]
    [InlineData("[isNullOrEmpty(''), isNullOrEmpty(null), isNullOrEmpty(' '), isNullOrWhiteSpace(' ')]", "[true,true,false,true]")]
    [InlineData("globalThis['get' + 'Greeting']()", "\"Hello\"")]
    [InlineData("new Date(Date.UTC(2026, 9, 1))", "\"2026-10-01T00:00:00.000Z\"")]
    [InlineData("new Date(2026, 9, 1).getTimezoneOffset()", "0")]
    [InlineData("[].concat(getList()).map(x => x * 2)", "[2,4,6]")]
    [InlineData("Promise.resolve(5)", "5")]
    [InlineData("[1, [2, [3]]].flat(Infinity) + ';' + [[1, 2], 'a']", "\"1,2,3;1,2,a\"")]
    [InlineData("JSON.stringify({a: [1, {b: 'x'}]}, null, 1).length", "39")]
    [InlineData("'abab'.match(/a/g).length + encodeURIComponent('ä b') + 'aba'.replaceAll('a', 'c')", "\"2%C3%A4%20bcbc\"")]
    [InlineData("", "null")]
    [InlineData("undefined", "null")]
    public void JavaScript_gives_the_value_of_its_last_statement(string script, string expected) => Assert.Equal(expected, Run(script).GetRawText());

    [Fact]
    public void Written_variables_are_handed_to_the_runtime_as_they_are()
    {
        Run("setCount('42'); setVariable('fresh', {a: 1}); variables.list.push(4); variables.greeting = 'Bye'; getGreeting()");

        Assert.Equal(["Count=\"42\"", "fresh={\"a\":1}", "greeting=\"Bye\"", "list=[1,2,3,4]"],
            scope.Writes.Select(write => $"{write.Key}={write.Value.GetRawText()}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Member_of_variables_is_copied_back_after_the_script()
    {
        Assert.Equal("\"Hello\"", Run("variables.greeting = 'Bye'; getGreeting()").GetRawText());
        Assert.Equal("\"Bye\"", Run("getGreeting()").GetRawText());
    }

    [Fact]
    public void Script_that_writes_nothing_has_no_writes()
    {
        Run("variables.list.length + getCount()");

        Assert.Empty(scope.Writes);
    }

    [Fact]
    public void Scripts_do_not_see_what_others_left()
    {
        Run("globalThis.leak = 1; Array.prototype.leak = 1; leak");

        Assert.Equal("\"undefined undefined\"", Run("typeof leak + ' ' + typeof [].leak").GetRawText());
    }

    [Theory]
    [InlineData("throw new Error('No stock')", "The script failed at line 1: No stock.")]
    [InlineData("throw 'plain'", "The script failed at line 1: plain.")]
    [InlineData("1;\nmissing + 1", "The script failed at line 2: missing is not defined.")]
    [InlineData("getMissing()", "The script failed at line 1: getMissing is not defined.")]
    [InlineData("let x = ;", "The script is no JavaScript: line 1, position 9: Unexpected token ';'.")]
    [InlineData("'ab", "The script is no JavaScript: line 1, position 1: Invalid or unexpected token.")]
    [InlineData("eval('1')", "The script failed at line 1: String compilation has been disabled in engine options.")]
    [InlineData("1n + 2n", "The script has a big integer such as 1n, which is not allowed here. Use a number, or write an activity for it.")]
    [InlineData("new Promise(() => {})", "The script gave a promise that is never settled. Resolve it, or give a plain value.")]
    [InlineData("Promise.reject(new Error('late'))", "The script failed: Promise was rejected with value Error: late.")]
    public void Failing_script_says_where_and_why(string script, string message)
    {
        var failure = Assert.Throws<ActivityFailedException>(() => Run(script));

        Assert.Equal(("expression.failed", message, false), (failure.Code, failure.Message, failure.IsRetryable));
    }

    [Theory]
    [InlineData("0 / 0", "The script gave NaN, which is no number that can be kept. Check for a division by zero or a text that is no number.")]
    [InlineData("(() => 1)", "The script gave a function or a symbol, which is no value that can be kept. Call the function.")]
    [InlineData("'\\ud83d'", "The script gave a text with half a character (an unpaired surrogate). Cut the text elsewhere.")]
    public void Value_that_cannot_be_kept_is_refused(string script, string message)
    {
        var failure = Assert.Throws<ActivityFailedException>(() => Run(script));

        Assert.Equal(("expression.conversion", message), (failure.Code, failure.Message));
    }

    [Fact]
    public void Unknown_variable_and_unknown_expression_type_fail()
    {
        var variable = Assert.Throws<ActivityFailedException>(() => evaluator.Evaluate(new("Variable", Json("\"nowhere\"")), typeof(string), scope));
        var type = Assert.Throws<ActivityFailedException>(() => evaluator.Evaluate(new("Lua", Json("\"1\"")), typeof(string), scope));

        Assert.Equal("There is no variable with id 'nowhere' here. Declare it in the workflow or choose another one.", variable.Message);
        Assert.Equal("Expressions of type 'Lua' are not known here. Use one of Literal, Object, Json, Variable, Input, JavaScript, Liquid.", type.Message);
    }

    [Theory]
    [InlineData("CSharp", "C#")]
    [InlineData("C#", "C#")]
    [InlineData("Python", "Python")]
    public void Languages_with_the_rights_of_the_server_are_refused(string type, string name)
    {
        var failure = Assert.Throws<ActivityFailedException>(() => evaluator.Evaluate(new(type, Json("\"1\"")), typeof(string), scope));

        Assert.Equal(("expression.failed",
            $"Expressions in {name} are kept but never evaluated: they would be code with the rights of the server. Use JavaScript or Liquid, or write an activity."),
            (failure.Code, failure.Message));
    }

    [Theory]
    [InlineData("[getWorkflowInstanceId(), getWorkflowDefinitionId(), getWorkflowDefinitionVersion(), getWorkflowDefinitionVersionId(), getWorkflowInstanceName()]", """["r-1","greet",3,"greet-3",null]""")]
    [InlineData("stringFromBase64(stringToBase64('Grüße'))", "\"Grüße\"")]
    [InlineData("bytesFromString('Aä')", "[65,195,164]")]
    [InlineData("bytesToString([65,195,164]) + bytesToBase64(bytesFromBase64('QQ=='))", "\"AäQQ==\"")]
    [InlineData("getGuid() !== getGuid() && parseGuid(getGuidString()).length === 36 && getShortGuid().length === 22", "true")]
    [InlineData("parseGuid('none')", "null")]
    public void JavaScript_has_the_functions_of_Elsa(string script, string expected) => Assert.Equal(expected, Run(script).GetRawText());

    [Theory]
    [InlineData("stringFromBase64('#')", "The script failed: '#' is no Base64.")]
    [InlineData("bytesToString([300])", "The script failed: Bytes are an array of whole numbers from 0 to 255.")]
    public void Function_says_what_it_cannot_take(string script, string message) => Assert.Equal(message, Assert.Throws<ActivityFailedException>(() => Run(script)).Message);

    JsonElement Run(string script) =>
        (JsonElement)evaluator.Evaluate(new(ExpressionTypes.JavaScript, JsonSerializer.SerializeToElement(script)), typeof(JsonElement), scope)!;

    static ScopeVariable Variable(string id, string name, string json) => new(id, name, Json(json));

    static JsonElement Json(string json) => JsonElement.Parse(json);

    [Theory]
    [InlineData("JavaScript", "getX()")]
    [InlineData("JavaScript", "getVariable('X')")]
    [InlineData("JavaScript", "variables.X")]
    [InlineData("JavaScript", "getInput('x')")]
    [InlineData("JavaScript", "getOutputFrom('A').id")]
    [InlineData("JavaScript", "JSON.parse('{\"id\":9007199254740993}').id")]
    [InlineData("JavaScript", "9007199254740993")]
    [InlineData("JavaScript", "Number('9007199254740993')")]
    [InlineData("JavaScript", "new Number(' 9007199254740993 ')")]
    [InlineData("JavaScript", "5..constructor('9007199254740993')")]
    [InlineData("JavaScript", "['1', '9007199254740993'].map(Number)")]
    [InlineData("JavaScript", "Number('0x20000000000001')")]
    [InlineData("JavaScript", "parseInt('9007199254740993 pieces')")]
    [InlineData("JavaScript", "parseInt('20000000000001', 16)")]
    [InlineData("JavaScript", "Number.parseInt('-9007199254740993')")]
    [InlineData("JavaScript", "parseFloat('9007199254740993.0')")]
    [InlineData("JavaScript", "+'9007199254740993'")]
    [InlineData("JavaScript", "const id = '9007199254740993'; -id")]
    [InlineData("JavaScript", "0x20000000000001")]
    [InlineData("JavaScript", "1.23456789012345678")]
    public void Number_that_a_script_cannot_represent_is_an_error(string type, string text)
    {
        var failure = Assert.Throws<ActivityFailedException>(() => new ExpressionEvaluator().Evaluate(
            new(type, JsonSerializer.SerializeToElement(text)), typeof(JsonElement), WithNumber("9007199254740993")));

        Assert.Contains(failure.Code, new[] { "expression.conversion", "expression.failed" });
        Assert.False(failure.IsRetryable);
    }

    [Theory]
    [InlineData("9007199254740992")]
    [InlineData("0.1")]
    [InlineData("1.50")]
    [InlineData("123456.789")]
    [InlineData("-0")]
    [InlineData("100000000000000000000")]
    [InlineData("1e21")]
    public void Number_that_a_script_can_represent_comes_through(string number)
    {
        var value = (JsonElement)new ExpressionEvaluator().Evaluate(
            new("JavaScript", JsonSerializer.SerializeToElement("getX()")), typeof(JsonElement), WithNumber(number))!;

        Assert.Equal(double.Parse(number, System.Globalization.CultureInfo.InvariantCulture), value.GetDouble());
    }

    [Theory]
    [InlineData("9007199254740993", "Input", "x")]
    [InlineData("9007199254740993", "Liquid", "{{ Variables.X }}")]
    [InlineData("1.23456789012345678", "Liquid", "{{ Input.x }}")]
    [InlineData("12345678901234567890123456789012345", "Variable", "v1")]
    public void Number_comes_through_exactly_without_a_script(string number, string type, string text) =>
        Assert.Equal(number, ValueConversion.ToJson(new ExpressionEvaluator().Evaluate(
            new(type, JsonSerializer.SerializeToElement(text)), typeof(object), WithNumber(number))).ToString());

    [Fact]
    public void Template_refuses_a_number_that_it_would_change()
    {
        var template = new Expression("Liquid", JsonSerializer.SerializeToElement("{{ Input.x }}"));
        var failure = Assert.Throws<ActivityFailedException>(
            () => new ExpressionEvaluator().Evaluate(template, typeof(string), WithNumber("0.123456789012345678901234567890123")));

        Assert.Equal("expression.conversion", failure.Code);
    }

    [Fact]
    public void Script_that_leaves_such_a_variable_alone_neither_fails_nor_changes_it()
    {
        var numbers = WithNumber("9007199254740993");

        new ExpressionEvaluator().Evaluate(
            new("JavaScript", JsonSerializer.SerializeToElement("variables.Y = 1")), typeof(JsonElement), numbers);

        Assert.Equal(["Y"], numbers.Writes.Keys);
    }

    static ExpressionScope WithNumber(string number) => new()
    {
        Variables = [new("v1", "X", JsonElement.Parse(number))],
        Inputs = new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse(number) },
        FindOutput = (_, _) => JsonElement.Parse($$"""{"id": {{number}}}"""),
    };
}
