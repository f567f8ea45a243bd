using Orchestrator.Activities.Sales;

namespace Orchestrator.Tests.Unit.Sales;

public sealed class CounterRandomTests
{
    [Fact]
    public void Numbers_are_those_of_the_published_SplitMix64()
    {
        // The first outputs of the reference implementation for seed 0: https://prng.di.unimi.it/splitmix64.c
        var random = new CounterRandom(0);
        Assert.Equal((0xE220A8397B1DCDAFUL, 0x6E789E6AA1B965F4UL, 0x06C45D188009454FUL), (random.Bits(1), random.Bits(2), random.Bits(3)));
    }

    [Fact]
    public void Streams_of_other_numbers_are_other_streams()
    {
        var first = new[] { CounterRandom.Stream(1), CounterRandom.Stream(2), CounterRandom.Stream(1, 1), CounterRandom.Stream(1, 2), CounterRandom.Stream(1, 1, 2), CounterRandom.Stream(1, 2, 1) }
            .Select(stream => stream.Bits(0));
        Assert.Equal(6, first.Distinct().Count());
    }

    [Fact]
    public void Numbers_below_an_end_are_spread_evenly()
    {
        var random = CounterRandom.Stream(42, 7);
        var counts = new int[10];
        for (var n = 0; n < 100_000; n++) counts[random.Below(10, n)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_700, 10_300));
        Assert.InRange(Enumerable.Range(0, 100_000).Average(n => random.Unit(n)), 0.497, 0.503);
    }
}
