using Orchestrator.Activities.Exports;

namespace Orchestrator.Tests.Unit.Sales;

public sealed class RewardFieldTests
{
    [Theory]
    [InlineData("C-1", "C-1")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"")]
    [InlineData("+1", "\"'+1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("＝1", "\"'＝1\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("a\u0001b", "\"a\u0001b\"")]
    [InlineData("a\r\nb", "\"a\r\nb\"")]
    public void An_id_is_text_for_every_spreadsheet(string id, string field) => Assert.Equal(field, RewardList.Field(id));
}
