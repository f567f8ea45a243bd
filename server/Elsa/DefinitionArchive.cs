using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// Reader of definitions in a ZIP. Sizes in the archive are not trusted: unpacking stops at the limits (a small file can hold gigabytes).
/// </summary>
static class DefinitionArchive
{
    const int MostEntries = 1_000;
    const long LargestEntryBytes = 32 * 1024 * 1024, LargestTotalBytes = 128 * 1024 * 1024;

    /// <exception cref="ApiException">The archive exceeds the limits, or one of its files is not JSON.</exception>
    /// <exception cref="InvalidDataException">The content is not a ZIP.</exception>
    public static IReadOnlyList<(string Name, JsonElement Model)> Read(string name, Stream content)
    {
        content.Position = 0;
        using var archive = new ZipArchive(content, ZipArchiveMode.Read, leaveOpen: true);
        if (archive.Entries.Count > MostEntries)
            throw ElsaProblems.Refused(string.Create(CultureInfo.InvariantCulture, $"{name} has {archive.Entries.Count} files, but at most {MostEntries} are taken at once. Split it."));
        var (models, total) = (new List<(string Name, JsonElement Model)>(), 0L);
        foreach (var entry in archive.Entries.Where(entry => entry.Name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)))
        {
            var bytes = Unpack($"{name}/{entry.FullName}", entry, Math.Min(LargestEntryBytes, LargestTotalBytes - total));
            total += bytes.Length;
            models.Add(($"{name}/{entry.FullName}", DefinitionFileEndpoints.Parse($"{name}/{entry.FullName}", bytes)));
        }
        return models;
    }

    static byte[] Unpack(string name, ZipArchiveEntry entry, long most)
    {
        using var unpacked = entry.Open();
        using var buffer = new MemoryStream();
        var chunk = new byte[81_920];
        while (unpacked.Read(chunk) is > 0 and var read)
        {
            if (buffer.Length + read > most)
                throw ElsaProblems.Refused(string.Create(CultureInfo.InvariantCulture, $"{name} is larger than it may be: {LargestEntryBytes} bytes each, {LargestTotalBytes} in all."));
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }
}
