using System.Globalization;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Store;

/// <summary>The layout of keys in the object store; no other code makes keys.</summary>
public static class ObjectKeys
{
    const int RunLength = 32;

    /// <summary>
    /// Prefix for what one attempt writes of an asset: <c>{folder}/month=2026-10/{run}-{activity}-{attempt}/</c>, without the month for an
    /// asset that is not partitioned. No two attempts share one, so nothing is ever overwritten.
    /// </summary>
    public static string PrefixOf(AssetKey asset, Partition? partition, ActivityAttempt attempt)
    {
        var month = partition is { } written ? $"month={written}/" : "";
        return $"{FolderOf(asset)}/{month}{attempt.RunId:n}-{SafeNames.Of(attempt.ActivityId)}-{attempt.Attempt}/";
    }

    /// <summary>Key of a file that one attempt writes of an asset.</summary>
    /// <param name="fileName">Such as <c>part-00000.parquet</c> or <c>coupons.csv</c>.</param>
    public static string KeyOf(AssetKey asset, Partition? partition, ActivityAttempt attempt, string fileName) =>
        PrefixOf(asset, partition, attempt) + SafeNames.Of(fileName);

    /// <summary>The run that wrote a key; <see langword="null"/> if the key is not laid out like this.</summary>
    /// <remarks>Spark makes folders below that of an attempt, which stay where it is killed.</remarks>
    public static Guid? RunOf(string key) => key.Split('/').SkipLast(1).Select(RunOfAttempt).LastOrDefault(run => run is not null);

    static Guid? RunOfAttempt(string folder) =>
        folder.Length > RunLength && folder[RunLength] is '-' && Guid.TryParseExact(folder[..RunLength], "n", out var run) ? run : null;

    /// <summary>Name of the numbered part of a table.</summary>
    /// <param name="number">0 for the first.</param>
    public static string PartName(int number) => string.Create(CultureInfo.InvariantCulture, $"part-{number:d5}.parquet");

    /// <summary>Whether a text is a key: names joined by slashes, none of them empty or with a dot in front.</summary>
    public static bool IsKey(string text) => text.Length is > 0 and <= 900 && text.Split('/').All(IsName);

    /// <summary>Address of a key, or of a prefix that ends in a slash, below a store's root.</summary>
    /// <exception cref="ArgumentException">The text is no key.</exception>
    internal static Uri AddressOf(Uri root, string key) => IsKey(key.EndsWith('/') ? key[..^1] : key)
        ? new(root, key)
        : throw new ArgumentException($"'{key}' is not a key of the object store.", nameof(key));

    /// <summary>Folder of an asset: groups of the key stay, tables of the star schema and marts get theirs.</summary>
    static string FolderOf(AssetKey asset) => asset.Name switch
    {
        var grouped when grouped.Contains('/') => grouped,
        var mart when mart.StartsWith("mart_", StringComparison.Ordinal) => $"mart/{mart}",
        var star => $"star/{star}",
    };

    static bool IsName(string text) => text.Length > 0 && text[0] != '.' && text.All(IsNameCharacter);

    static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '=';
}
