using System.Runtime.CompilerServices;

namespace Orchestrator.Activities.Sales;

/// <summary>
/// Random numbers by counter: number n of a stream is a function of the key and n alone, so any thread can draw any number in any order.
/// </summary>
/// <remarks>
/// SplitMix64 of Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (https://doi.org/10.1145/2660193.2660195), whose
/// n-th state is key + n × golden gamma; the finalizer is Stafford's variant 13. Not for secrets.
/// </remarks>
/// <param name="key">Identity of the stream; see <see cref="Stream"/>.</param>
readonly struct CounterRandom(ulong key)
{
    const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    /// <summary>The stream of a purpose: streams of different numbers are independent of each other.</summary>
    public static CounterRandom Stream(long seed, params ReadOnlySpan<long> numbers)
    {
        var key = Mix((ulong)seed + GoldenGamma);
        foreach (var number in numbers) key = Mix(key ^ Mix((ulong)number + GoldenGamma));
        return new(key);
    }

    /// <summary>64 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Bits(long n) => Mix(key + (ulong)n * GoldenGamma);

    /// <summary>At least 0, less than 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Unit(long n) => (Bits(n) >> 11) * (1.0 / (1UL << 53));

    /// <summary>At least 0, less than <paramref name="end"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Below(int end, long n) => (int)Math.BigMul(Bits(n), (ulong)end, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
