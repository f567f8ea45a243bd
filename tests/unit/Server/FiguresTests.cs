using Orchestrator.Server.Texts;

namespace Orchestrator.Tests.Unit.Server;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_000, "1.0 kB")]
    [InlineData(24_100_000, "24.1 MB")]
    [InlineData(240_000_000, "240 MB")]
    [InlineData(999_600_000, "1.0 GB")]
    public void Bytes_have_a_unit_and_at_most_four_digits(long bytes, string text) => Assert.Equal(text, Figures.Bytes(bytes));

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.44, "9.4 s")]
    [InlineData(59.96, "1 min 00 s")]
    [InlineData(72.9, "1 min 13 s")]
    [InlineData(3_599.7, "1 h 00 min")]
    [InlineData(7_500, "2 h 05 min")]
    public void Times_are_rounded_before_they_are_cut_into_units(double seconds, string text) => Assert.Equal(text, Figures.Time(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(1_000_000, 0.9, "1.1 M rows/s")]
    [InlineData(50_000, 1, "50 k rows/s")]
    [InlineData(1_001, 1, "1001 rows/s")]
    [InlineData(1_000_000, 0.01, "")]
    [InlineData(0, 5, "")]
    public void Rate_is_said_only_when_there_is_something_to_say(long rows, double seconds, string text) =>
        Assert.Equal(text, Figures.Rate(rows, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Money_has_two_decimals_for_people_and_for_programs()
    {
        Assert.Equal("370,886.40", Figures.Money(370_886.4m));
        Assert.Equal("370886.40", Figures.PlainMoney(370_886.4m));
    }

    [Theory]
    [InlineData(1_000, 48, "-95.2 %")]
    [InlineData(100, 100, "0.0 %")]
    [InlineData(100, 105, "+5.0 %")]
    [InlineData(0, 5, "")]
    public void Change_has_a_sign(int before, int after, string text) => Assert.Equal(text, Figures.Change(before, after));
}
