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

    const string Password = "Blauer Käfer!(7)";

    public static TheoryData<string> Encodings => new(
        "Blauer+K%C3%A4fer!(7)", "Blauer+K%c3%a4fer%21%287%29", "Blauer%20K%E4fer!(7)", "Blauer K\\u00e4fer!(7)", "Blauer\\u0020K\\u00E4fer\\u0021(7)", "Blauer K\\\\u00e4fer!(7)",
        "Blauer K\\xe4fer!(7)", "Blauer K\\u{e4}fer!(7)", "Blauer K&#228;fer!(7)", "Blauer K&#xE4;fer&#33;(7)", "Blauer K&#Xe4;fer!&#40;7&#0041;", "Blauer K&auml;fer!(7)",
        "Blauer K&amp;#228;fer!(7)", "Blauer%2520K%25C3%25A4fer!(7)", "Blauer K=C3=A4fer!(7)", "%42%6C%61%75%65%72%20%4B%C3%A4%66%65%72%21%28%37%29",
        "\\u0042lauer+K&#228;fer%21(7)", "Blauer%u0020K%u00E4fer!(7)", Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)),
        Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(Password))), Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)).Insert(8, "\r\n"),
        "Blauer K&auml;fer&excl;&lpar;7&rpar;", "Blauer&nbsp;K&auml;fer&excl;(7)", "Blauer K\\xc3\\xa4fer!(7)",
            "Blauer K\\\\xC3\\\\xA4fer\\x21(7)", "Blauer K\\303\\244fer\\041(7)",
        "Blauer K\\344fer!(7)", "Blauer K\\e4 fer!(7)", "Blauer\\20 K\\0000e4fer\\21 (7)",
            Convert.ToBase64String(Encoding.Unicode.GetBytes(Password)),
        Convert.ToBase64String(Encoding.Latin1.GetBytes(Password)),
            Uri.EscapeDataString(Convert.ToBase64String(Encoding.Latin1.GetBytes(Password))),
        Convert.ToHexString(Encoding.UTF8.GetBytes(Password)), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Password)));

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Each_character_may_be_encoded_in_a_way_of_its_own(string form) =>
        Assert.Equal("a *** b", SecretMask.Of([Password]).Text($"a {form} b"));

    [Theory]
    [InlineData("a&b<c>\"d'e", "a&amp;b&lt;c&gt;&quot;d&apos;e")]
    [InlineData("a&b<c>\"d'e", "a\\u0026b\\u003Cc\\u003e\\\"d\\'e")]
    [InlineData("!\"#$%&'()*+,./:;<=>?@[\\]^_`{|}",
        "&excl;&quot;&num;&dollar;&percnt;&amp;&apos;&lpar;&rpar;&ast;&plus;&comma;&period;&sol;&colon;&semi;&lt;&equals;&gt;&quest;"
        + "&commat;&lsqb;&bsol;&rsqb;&Hat;&lowbar;&grave;&lcub;&vert;&rcub;")]
    [InlineData("back\\slash/es", "back\\\\slash\\/es")]
    [InlineData("back\\slash/es", "back\\\\\\\\slash\\\\/es")]
    [InlineData("100%+tax=7", "100%25%2Btax%3D7")]
    [InlineData("smile😀key", "smile\\ud83d\\uDE00key")]
    [InlineData("smile😀key", "smile%F0%9F%98%80key")]
    [InlineData("smile😀key", "smile&#128512;key")]
    [InlineData("first\nlast", "first\\r\\nlast")]
    [InlineData("first\nlast", "first%0D%0Alast")]
    [InlineData(">>>???>>>???", "Pj4-Pz8_Pj4-Pz8_")]
    [InlineData(">>>???>>>???", "Pj4\\u002BPz8\\/Pj4%2bPz8/")]
    public void Characters_with_a_meaning_are_found_as_well(string value, string form) => Assert.Equal("***", SecretMask.Of([value]).Text(form));

    [Fact]
    public void What_is_no_secret_stays()
    {
        Assert.Equal("t0p/secret", Mask.Text("t0p/secret"));
        Assert.Equal("100% of a&b \\u00e4 +49", SecretMask.Of([Password]).Text("100% of a&b \\u00e4 +49"));
    }

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
