using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Unit.Store;

public sealed class SafeNamesTests
{
    [Theory]
    [InlineData("GenerateSales1", "GenerateSales1")]
    [InlineData("load_tables-2.b", "load_tables-2.b")]
    [InlineData("/x/victim", "_2Fx_2Fvictim")]
    [InlineData("..", "_2E.")]
    [InlineData("../..", "_2E._2F..")]
    [InlineData("a\\b", "a_5Cb")]
    [InlineData("a\0b", "a_00b")]
    [InlineData("Ü", "_C3_9C")]
    [InlineData("😀", "_F0_9F_98_80")]
    [InlineData("a_2Fb", "a_5F2Fb")]
    [InlineData("a/b", "a_2Fb")]
    [InlineData("_", "_")]
    [InlineData("", "")]
    public void A_name_has_nothing_that_leads_elsewhere_and_no_two_texts_share_one(string text, string expected) =>
        Assert.Equal(expected, SafeNames.Of(text));

    [Fact]
    public void A_long_text_has_a_name_of_its_own_that_fits()
    {
        var (one, other) = (new string('/', 5_000), new string('/', 5_001));
        Assert.NotEqual(SafeNames.Of(one), SafeNames.Of(other));
        Assert.InRange(SafeNames.Of(one).Length, 1, 100);
    }

    [Fact]
    public void A_path_below_a_folder_is_given() =>
        Assert.Equal(Path.Combine(Path.GetFullPath("root"), "a", "b"), SafeNames.Below("root/", "a", "b"));

    [Theory]
    [InlineData("..")]
    [InlineData("/etc")]
    [InlineData("")]
    [InlineData("a/../..")]
    [InlineData("../root-2")]
    public void A_path_that_leads_out_of_its_folder_is_never_given(string name) =>
        Assert.Throws<InvalidOperationException>(() => SafeNames.Below("/srv/root", name));
}
