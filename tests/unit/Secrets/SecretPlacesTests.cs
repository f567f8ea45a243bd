using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities;
using Orchestrator.Tests.Unit.Definitions;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Tests.Unit.Secrets;

/// <summary>Secrets may be named where an activity takes them, and nowhere else.</summary>
public sealed class SecretPlacesTests
{
    [Fact]
    public void Nothing_takes_secrets_but_what_goes_to_other_servers()
    {
        var registry = new ServiceCollection().AddActivities().BuildServiceProvider().GetRequiredService<ActivityRegistry>();

        Assert.Equal(
        [
            "Elsa.FlowSendHttpRequest.Authorization", "Elsa.FlowSendHttpRequest.Content", "Elsa.FlowSendHttpRequest.RequestHeaders", "Elsa.FlowSendHttpRequest.Url",
            "Elsa.SendHttpRequest.Authorization", "Elsa.SendHttpRequest.Content", "Elsa.SendHttpRequest.RequestHeaders", "Elsa.SendHttpRequest.Url",
        ], registry.All.SelectMany(type => type.Inputs.Where(input => input.Metadata.TakesSecrets).Select(input => $"{type.TypeName}.{input.Name}")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Elsa.WriteLine", "Text", "Literal", "\"secret:shop-api\"")]
    [InlineData("Elsa.WriteLine", "Text", "Literal", "\"It is ${secret:shop-api}.\"")]
    [InlineData("Elsa.WriteLine", "Text", "JavaScript", "\"'It is ' + getSecret('shop-api')\"")]
    [InlineData("Elsa.WriteLine", "Text", "JavaScript", "\"getSecret('shop-api'); 'harmless'\"")]
    [InlineData("Elsa.WriteLine", "Text", "Liquid", "\"It is {{ Secrets.shop-api }}.\"")]
    [InlineData("Elsa.SetVariable", "Value", "Object", "\"{ \\\"a\\\": [\\\"secret:shop-api\\\"] }\"")]
    [InlineData("Elsa.SetVariable", "Value", "Json", "{ \"a\": { \"b\": \"secret:shop-api\" } }")]
    [InlineData("Elsa.SetName", "Value", "Literal", "\"secret:shop-api\"")]
    [InlineData("Elsa.Fault", "Message", "Literal", "\"${secret:shop-api}\"")]
    [InlineData("Elsa.PublishEvent", "Payload", "Object", "\"{ \\\"key\\\": \\\"secret:shop-api\\\" }\"")]
    [InlineData("Elsa.PublishEvent", "Payload", "JavaScript", "\"({ key: getSecret('shop-api') })\"")]
    [InlineData("Elsa.DispatchWorkflow", "Input", "Object", "\"{ \\\"key\\\": \\\"secret:shop-api\\\" }\"")]
    [InlineData("Test.SimulatedJob", "Text", "Literal", "\"secret:shop-api\"")]
    public void A_secret_where_data_is_fails_the_activity_and_says_where(string type, string input, string language, string value)
    {
        var wire = char.ToLowerInvariant(input[0]) + input[1..];
        var run = new SimulatedRun(Stock.Flow(Stock.Activity("A0", type, Stock.Given(wire, language, value)))).Advance();

        var error = Assert.Single(run.Journal.Select(entry => entry.Event).OfType<ActivityStarted>(), started => started.Error is not null).Error!;
        Assert.Equal(("secrets.not_allowed", "A0"), (error.Code, error.ActivityId));
        Assert.Contains($"Input '{input}' of 'A0' names the secret 'shop-api', but takes no secrets", error.Message, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Failed, run.State.Status);
    }

    [Fact]
    public void A_condition_takes_no_secrets()
    {
        var run = Control.Run(Control.Of("Switch", "S1", ("cases", new System.Text.Json.Nodes.JsonArray(Control.Case("ok", "getSecret('shop-api') !== ''")))));

        Assert.Equal("secrets.not_allowed", Assert.Single(run.Journal.Select(entry => entry.Event).OfType<ActivityStarted>(), started => started.Error is not null).Error!.Code);
    }

    [Fact]
    public void Text_from_outside_is_no_reference_wherever_it_goes()
    {
        var run = new SimulatedRun(Stock.Flow([Stock.Activity("A0", "Elsa.WriteLine", Stock.Given("text", "JavaScript", "\"getInput('text')\""))], [], ""","inputs":[{"name":"text","type":"String"}]"""),
            given: new() { ["text"] = JsonSerializer.SerializeToElement("secret:shop-api") }).Advance();

        Assert.Equal(["secret:shop-api"], run.Written);
    }

    [Fact]
    public void A_request_takes_secrets_and_its_names_are_recorded()
    {
        var run = new SimulatedRun(Stock.Flow(Stock.Activity("A0", "Elsa.FlowSendHttpRequest",
            Stock.Given("url", "Literal", "\"https://example.org/?key=${secret:a}\"") + Stock.Given("requestHeaders", "Json", "{ \"X-Key\": \"secret:b\" }")))).Advance();

        var secrets = run.Journal.Select(entry => entry.Event).OfType<ActivityStarted>().Single(started => started.Secrets is not null).Secrets!;
        Assert.Equal("RequestHeaders=b Url=a", string.Join(' ', secrets.Select(each => $"{each.Key}={string.Join(',', each.Value)}").Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_definition_with_a_secret_where_data_is_is_not_published()
    {
        var check = PublishCheck.Of(Stock.Flow(
            [
                Stock.Activity("A0", "Test.CountStock", Stock.Given("shelf", "Literal", "\"secret:shop-api\"") + Stock.Given("rule", "Object", "\"{ \\\"unit\\\": \\\"${secret:b}\\\" }\"")),
                Stock.Activity("A1", "Elsa.FlowSendHttpRequest", Stock.Given("url", "Literal", "\"https://example.org/${secret:a}\"")),
            ], [Stock.Connect("A0", "A1")],
            ""","variables":[{"id":"v","name":"V","typeName":"String","value":"secret:c"}],"inputs":[{"name":"i","type":"String","defaultValue":"secret:d"}]"""), Stock.Registry);

        Assert.Equal(
        [
            ("$.variables[0].value", "the secret 'c'"), ("$.inputs[0].defaultValue", "the secret 'd'"), ("$.root.activities[0].shelf", "the secret 'shop-api'"), ("$.root.activities[0].rule", "the secret 'b'"),
        ], check.Errors.Where(problem => problem.Code == "secrets.not_allowed").Select(problem => (problem.Path, problem.Message.Split("names ")[1].Split(", but")[0])));
    }

    [Theory]
    [InlineData("api.example.org", "API.example.org.", 443, true)]
    [InlineData("api.example.org", "api.example.org.evil.example", 443, false)]
    [InlineData("*.example.com:8443", "a.b.example.com", 8443, true)]
    [InlineData("*.example.com:8443", "a.example.com", 443, false)]
    [InlineData("*.example.com", "example.com", 443, false)]
    [InlineData("*.example.com", "evilexample.com", 443, false)]
    [InlineData("10.0.0.0/8", "10.1.2.3", 80, true)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", 80, true)]
    [InlineData("10.0.0.0/8", "10.example.org", 80, false)]
    [InlineData("[::1]:8080", "::1", 8080, true)]
    [InlineData("*:443", "any.example", 443, true)]
    [InlineData("*:443", "any.example", 80, false)]
    public void A_limit_names_hosts_as_they_are_written(string list, string host, int port, bool isNamed) =>
        Assert.Equal(isNamed, HostAllowList.Parse(list).Names(host, port));

    [Theory]
    [InlineData("", "The list of hosts is empty.")]
    [InlineData(" , ", "The list of hosts is empty.")]
    [InlineData("https://example.org", "'https://example.org' is no host.")]
    [InlineData("ok.example,a b", "'a b' is no host.")]
    public void A_limit_that_is_none_is_refused(string hosts, string expected) =>
        Assert.StartsWith(expected, SecretHosts.ProblemOf(hosts), StringComparison.Ordinal);

    [Fact]
    public void A_secret_does_not_show_its_value_as_text() => Assert.Equal("***", $"{new SecretValue("geheim-4711", Hosts: null)}");
}
