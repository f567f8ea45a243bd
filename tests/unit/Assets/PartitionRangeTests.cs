using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Tests.Unit.Assets;

public sealed class PartitionRangeTests
{
    [Theory]
    [InlineData("1990-01", null)]
    [InlineData("2036-11", null)]
    [InlineData("1989-12", "1989-12 is not a month that a run may work on: expected is one from 1990-01 to 2036-11. Check the year; Partitions:First and Partitions:YearsAhead set the range.")]
    [InlineData("2036-12", "2036-12 is not a month that a run may work on: expected is one from 1990-01 to 2036-11. Check the year; Partitions:First and Partitions:YearsAhead set the range.")]
    [InlineData("0206-10", "0206-10 is not a month that a run may work on: expected is one from 1990-01 to 2036-11. Check the year; Partitions:First and Partitions:YearsAhead set the range.")]
    public void Runs_work_on_months_from_1990_to_ten_years_ahead_of_today(string month, string? refusal) => Assert.Equal(refusal, Range(new()).Refusal(Partition.Parse(month)));

    [Fact]
    public void The_range_is_a_setting_and_a_run_without_a_month_is_in_it()
    {
        var range = Range(new() { First = "2026-03", YearsAhead = 0 });
        Assert.Equal(("2026-03", "2026-11"), ($"{range.First}", $"{range.Last}"));
        range.Check(null);
        Assert.Throws<PartitionOutOfRangeException>(() => range.Check(Partition.Parse("2026-12")));
        Assert.True(new PartitionOptionsValidator().Validate(null, new() { First = "1990" }).Failed);
        Assert.True(new PartitionOptionsValidator().Validate(null, new() { YearsAhead = -1 }).Failed);
    }

    static PartitionRange Range(PartitionOptions options) => new(Options.Create(options), new FakeTimeProvider(new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero)));
}
