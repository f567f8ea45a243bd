using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Orchestrator.Server.Telemetry;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Tests.Unit.Secrets;

public sealed class SecretMaskTests
{
    const string Value = "t0p/secret+\"Öl\"&<4711>";

    static readonly SecretMask Mask = SecretMask.Of([Value, "line-one-of-key\nline-two-of-key"]);

    public static TheoryData<string> Forms => new(
        Value, Uri.EscapeDataString(Value), "t0p%2fsecret%2b%22%c3%96l%22%26%3c4711%3e", JsonSerializer.Serialize(Value), HtmlEncoder.Default.Encode(Value),
        Convert.ToBase64String(Encoding.UTF8.GetBytes(Value)), Convert.ToBase64String(Encoding.UTF8.GetBytes($"ada:{Value}")), Convert.ToBase64String(Encoding.UTF8.GetBytes($"adam:{Value}!")),
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"ad:{Value}!!")), "line-two-of-key");

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_value_is_hidden_in_every_form_that_it_takes(string form)
    {
        var shown = Mask.Text($"before {form} after");

        Assert.Contains("***", shown, StringComparison.Ordinal);
        Assert.StartsWith("before ", shown, StringComparison.Ordinal);
        Assert.EndsWith(" after", shown, StringComparison.Ordinal);
        // Of Base64 the characters may stay that depend on what is beside the value.
        Assert.True(shown.Length < "before *** after".Length + 20, shown);
    }

    [Fact]
    public void What_is_no_secret_stays() => Assert.Equal("t0p/secret", Mask.Text("t0p/secret"));

    [Fact]
    public void Texts_names_and_numbers_of_json_are_masked_and_the_rest_stays()
    {
        var masked = SecretMask.Of(["4711"]).Json(JsonElement.Parse("""{"a4711":[1.50,"x4711y",true,null],"n":14711,"m":471}"""));

        Assert.Equal("""{"a***":[1.50,"x***y",true,null],"n":"1***","m":471}""", JsonSerializer.Serialize(masked));
    }

    [Fact]
    public async Task Spans_that_end_in_the_flow_of_an_attempt_are_masked_before_they_are_sent()
    {
        using var source = new ActivitySource("Test.Masks");
        using var listener = new ActivityListener { ShouldListenTo = each => each == source, Sample = (ref _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        using var processor = new MaskedSpans();
        using var span = source.StartActivity($"get {Value}")!;
        span.SetTag("url.full", $"https://example.org/{Value}").SetTag("tries", 3).SetStatus(ActivityStatusCode.Error, $"no {Value}");
        await Task.Run(() =>
        {
            SecretMask.Current = Mask;
            processor.OnEnd(span);
        }, TestContext.Current.CancellationToken);

        Assert.Equal(("get ***", "https://example.org/***", 3, "no ***"), (span.DisplayName, span.GetTagItem("url.full"), span.GetTagItem("tries"), span.StatusDescription));
        Assert.True(SecretMask.Current.IsEmpty);
    }
}
