using System.Globalization;

namespace Orchestrator.Activities.Exports;

/// <summary>From this total on, this amount.</summary>
/// <param name="From">Lowest total of the month that earns it, in the currency of the sales.</param>
/// <param name="Amount">What is given, in the currency of the sales.</param>
public sealed record RewardTier(decimal From, decimal Amount);

/// <summary>The rule by which members are rewarded for a month.</summary>
/// <param name="Top">How many places at most; <see langword="null"/> if <paramref name="Share"/> says it.</param>
/// <param name="Share">Which share of all places, above 0 and up to 1, rounded up; <see langword="null"/> if <paramref name="Top"/> says
/// it.</param>
/// <param name="Minimum">Lowest total that is rewarded.</param>
/// <param name="Tiers">Amounts by total; a total below all of them earns nothing.</param>
public sealed record RewardRule(int? Top, decimal? Share, decimal Minimum, IReadOnlyList<RewardTier> Tiers)
{
    /// <summary>Everything that is wrong with the rule.</summary>
    public IEnumerable<string> Problems()
    {
        if (Top is not null && Share is not null) yield return "'top' and 'share' are both given: give one of them";
        if (Top is null && Share is null) yield return "neither 'top' nor 'share' is given: give one of them";
        if (Top < 1) yield return InWords($"'top' is {Top}: it must be 1 or more");
        if (Share is <= 0 or > 1) yield return InWords($"'share' is {Share}: it must be above 0 and at most 1, such as 0.05 for 5 %");
        if (Minimum < 0) yield return InWords($"'minimum' is {Minimum}: it must be 0 or more");
        if (Tiers.Count == 0) yield return "'tiers' is empty: give at least one, such as {\"from\": 0, \"amount\": 5}";
        for (var i = 0; i < Tiers.Count; i++)
        {
            if (Tiers[i].From < 0) yield return InWords($"'tiers[{i}].from' is {Tiers[i].From}: it must be 0 or more");
            if (Tiers[i].Amount <= 0 || decimal.Round(Tiers[i].Amount, 2) != Tiers[i].Amount)
                yield return InWords($"'tiers[{i}].amount' is {Tiers[i].Amount}: it must be above 0 and in whole cents");
            if (Tiers.Take(i).Any(tier => tier.From == Tiers[i].From))
                yield return InWords($"'tiers[{i}].from' is {Tiers[i].From}: an earlier tier starts there too");
        }
    }

    /// <summary>Computes the highest number of places.</summary>
    /// <param name="all">Places of the month.</param>
    public int PlacesOf(int all) => Top ?? (int)decimal.Ceiling(all * Share!.Value);

    /// <summary>Finds the amount that a total earns; <see langword="null"/> for nothing.</summary>
    public decimal? AmountOf(decimal total) =>
        total < Minimum ? null : Tiers.Where(tier => tier.From <= total).MaxBy(tier => tier.From)?.Amount;

    static string InWords(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
