using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Expressions;

public sealed class LiquidTests
{
    readonly ExpressionEvaluator evaluator = new();

    readonly ExpressionScope scope = new()
    {
        Variables =
        [
            Variable("greeting", "\"Hello\""), Variable("Html", "\"<b>it's</b>\""), Variable("Count", "41"), Variable("Price", "12.50"), Variable("Yes", "true"),
            Variable("List", "[1,2,3]"), Variable("Names", """["a","<b>"]"""), Variable("Order", """{"id":7,"lines":[{"sku":"A-1","qty":2},{"sku":"B-2","qty":1}]}"""),
            Variable("Text", "\"{\\\"a\\\":1}\""), Variable("Empty", "null"), Variable("When", "\"2026-10-05T07:08:09Z\""),
        ],
        Inputs = new Dictionary<string, JsonElement> { ["Customer"] = Json("""{"Name":"Ann","Tags":["x","y"]}""") },
        CorrelationId = "order-7", RunId = "r-1", DefinitionId = "greet", DefinitionVersion = 3,
    };

    [Theory]
    [InlineData("Hello {{ Variables.greeting }}!", "Hello Hello!")]
    [InlineData("{{ Variables.Greeting }}", "")]
    [InlineData("{{ Variables.missing }}{{ Variables.missing.more }}{{ missing }}{{ Variables.Empty }}", "")]
    [InlineData("{{ Variables.Count }} {{ Variables.Price }} {{ Variables.Yes }}", "41 12.5 true")]
    [InlineData("{{ Variables.List }}", "123")]
    [InlineData("{{ Variables.List[1] }}{{ Variables.List.first }}{{ Variables.List | size }}", "213")]
    [InlineData("{{ Variables.Order.lines[0].sku }}", "A-1")]
    [InlineData("{{ Variables.Order['id'] }}", "7")]
    [InlineData("{% for line in Variables.Order.lines %}{{ forloop.index }}:{{ line.sku }}x{{ line.qty }} {% endfor %}", "1:A-1x2 2:B-2x1 ")]
    [InlineData("{% for i in (1..3) %}{{ i }}{% endfor %}", "123")]
    [InlineData("{{ Variables.Text.a }}", "")]
    [InlineData("{{ Input.customer.Name }} {{ Input.CUSTOMER.Tags[1] }} {{ Input.missing }}", "Ann y ")]
    [InlineData("{{ CorrelationId }} {{ WorkflowInstanceId }} {{ WorkflowDefinitionId }} {{ WorkflowDefinitionVersion }}", "order-7 r-1 greet 3")]
    [InlineData("{% if Variables.Count > 40 and Variables.greeting == 'Hello' %}big{% else %}small{% endif %}", "big")]
    [InlineData("{{ Variables.greeting | upcase | append: '!' }}", "HELLO!")]
    [InlineData("{{ Variables.greeting | shout }}", "Hello")]
    [InlineData("{{ Variables.When | date: '%Y-%m-%d %H:%M:%S' }} {{ Variables.When | date: '%e %b' }}", "2026-10-05 07:08:09  5 Oct")]
    [InlineData("{{ 'never' | date: '%Y' }} {{ 0 | date: '%Y' }}", "never 1970")]
    [InlineData("{{ Variables.Count | plus: 1 }} {{ Variables.List | join: ', ' }} {{ 'a-b' | replace: '-', '+' | raw }}", "42 1, 2, 3 a+b")]
    [InlineData("{{ Variables.Order | json }}", """{"id":7,"lines":[{"sku":"A-1","qty":2},{"sku":"B-2","qty":1}]}""")]
    [InlineData("", "")]
    public void Template_shows_what_it_names(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("<i>{{ Variables.Html }}</i>", "<i>&lt;b&gt;it&#x27;s&lt;/b&gt;</i>")]
    [InlineData("{{ Variables.Names }}", "a&lt;b&gt;")]
    [InlineData("{{ Variables.Html | raw }}", "<b>it's</b>")]
    [InlineData("{{ Variables.Html | upcase }}", "&lt;B&gt;IT&#x27;S&lt;/B&gt;")]
    [InlineData("{{ 'ä' }}", "&#xE4;")]
    [InlineData("{% capture a %}x{% endcapture %}{{ a }}", "x")]
    public void Values_are_encoded_for_html_and_text_is_not(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("{{ Variables.Count", @"Variable '{{ Variables.Count' was not properly terminated with regexp: (?-mix:\}\})")]
    [InlineData("{% nonsense %}", "Unknown tag 'nonsense'")]
    [InlineData("{% if a %}", "if tag was never closed")]
    [InlineData("{% include 'secrets' %}", "Unknown tag 'include'")]
    [InlineData("{% extends 'page' %}", "Unknown tag 'extends'")]
    [InlineData("{% param Culture = 'de' %}", "Unknown tag 'param'")]
    [InlineData("{{ (1..2000000000) | size }}", "A range such as (1..3) can be used by the tags for and tablerow only.")]
    [InlineData("{% assign x = '}' | append: (1..9) %}", "A range such as (1..3) can be used by the tags for and tablerow only.")]
    public void Template_that_cannot_be_parsed_gives_the_reason_as_its_text(string template, string expected) => Assert.Equal(expected, Render(template));

    [Fact]
    public void Range_in_a_text_is_no_range() => Assert.Equal("(1..9) it's (2..3)", Render("{{ '(1..9)' | raw }} it's (2..3)"));

    [Theory]
    [InlineData("{% for i in (1..1000000000) %}{% endfor %}", "The template was stopped: it has a loop of more than 100000 rounds. Make it do less, or write an activity for it.")]
    [InlineData("{% assign x = 'ab' %}{% for i in (1..40) %}{% assign x = x | append: x %}{% endfor %}", "The template was stopped: it made a text or list longer than 1000000. Make it do less, or write an activity for it.")]
    [InlineData("{% assign x = 'ab' %}{% for i in (1..40) %}{% capture x %}{{x}}{{x}}{% endcapture %}{% endfor %}", "The template was stopped: it made a text or list longer than 1000000. Make it do less, or write an activity for it.")]
    [InlineData("{% assign x = 'aa' %}{% for i in (1..40) %}{% assign x = x | replace: 'a', x %}{% endfor %}", "The template was stopped: it made a text or list longer than 1000000. Make it do less, or write an activity for it.")]
    [InlineData("{% assign x = Variables.List %}{% for i in (1..40) %}{% assign x = x | concat: x %}{% endfor %}", "The template was stopped: it made a text or list longer than 1000000. Make it do less, or write an activity for it.")]
    [InlineData("{% for i in (1..100) %}{% for j in (1..1000) %}0123456789abcdef{% endfor %}{% endfor %}", "The template was stopped: it made a text or list longer than 1000000. Make it do less, or write an activity for it.")]
    [InlineData("{{ Variables.When | date: '%999999999d' }}", "The template was stopped: it made a text or list longer than 1000000. Make it do less, or write an activity for it.")]
    public void Greedy_template_is_stopped(string template, string message)
    {
        var failure = Assert.Throws<ActivityFailedException>(() => Render(template));

        Assert.Equal(("expression.limit", message, false), (failure.Code, failure.Message, failure.IsRetryable));
    }

    [Fact]
    public void Template_that_takes_too_long_is_stopped()
    {
        var hasty = new ExpressionEvaluator(new() { Time = TimeSpan.FromMilliseconds(50) });
        var endless = Expression("{% for i in (1..90000) %}{% for j in (1..90000) %}{% endfor %}{% endfor %}");

        var failure = Assert.Throws<ActivityFailedException>(() => hasty.Evaluate(endless, typeof(string), scope));

        Assert.Equal("The template was stopped: it ran longer than 0.1 s. Make it do less, or write an activity for it.", failure.Message);
    }

    [Fact]
    public void Filter_that_fails_fails_the_expression()
    {
        var failure = Assert.Throws<ActivityFailedException>(() => Render("{{ 1 | divided_by: 0 }}"));

        Assert.Equal("expression.failed", failure.Code);
    }

    [Fact]
    public void Blocks_nested_thousands_deep_do_not_end_the_process() =>
        Assert.Equal("More than 60 blocks stand within each other.", Render(string.Concat(Enumerable.Repeat("{% if 1 %}", 8_000))));

    [Fact]
    public void Many_threads_render_the_same_template_with_their_own_values() => Parallel.For(0, 2_000, i =>
    {
        var own = new ExpressionScope { Variables = [Variable("N", $"{i}")] };
        var text = evaluator.Evaluate(Expression("{% assign a = Variables.N %}{% for j in (1..5) %}{% capture c %}{{ a }}.{{ j }}{% endcapture %}{{ c }} {% endfor %}"), typeof(string), own);

        Assert.Equal($"{i}.1 {i}.2 {i}.3 {i}.4 {i}.5 ", text);
    });

    [Fact]
    public void Template_of_a_hundred_thousand_characters_is_rendered() => Assert.Equal(100_000, Render(new string('x', 100_000)).Length);

    string Render(string template) => (string)evaluator.Evaluate(Expression(template), typeof(string), scope)!;

    static Expression Expression(string template) => new(ExpressionTypes.Liquid, JsonSerializer.SerializeToElement(template));

    static ScopeVariable Variable(string name, string json) => new(name, name, Json(json));

    static JsonElement Json(string json) => JsonElement.Parse(json);
}
