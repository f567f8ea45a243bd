using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Orchestrator.Server.Machine;

namespace Orchestrator.Server.Studio;

/// <summary>The files of Elsa Studio from the npm package, unmodified; only files that exist at startup are served.</summary>
sealed partial class StudioFiles
{
    /// <summary>Name of the npm package.</summary>
    public const string Package = "@elsa-workflows/elsa-studio-wasm";

    const string Entry = "_framework/blazor.webassembly.js";

    static readonly FileExtensionContentTypeProvider Types = new(new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".css"] = "text/css; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".wasm"] = "application/wasm", [".json"] = "application/json",
        [".map"] = "application/json", [".webmanifest"] = "application/manifest+json", [".woff2"] = "font/woff2", [".png"] = "image/png", [".ico"] = "image/x-icon",
        [".cur"] = "image/x-icon", [".dat"] = "application/octet-stream", [".html"] = "text/html; charset=utf-8", [".scss"] = "text/plain; charset=utf-8",
    });

    readonly FrozenDictionary<string, StudioFile> files;

    /// <summary>Finds the package beside the program or in the current folder, or above either.</summary>
    public StudioFiles() : this(NpmPackage.Folders(Package, [AppContext.BaseDirectory, Environment.CurrentDirectory]).FirstOrDefault(folder => File.Exists(Path.Combine(folder, Entry))))
    {
    }

    /// <param name="folder">The package's folder; <see langword="null"/> if there is none.</param>
    internal StudioFiles(string? folder)
    {
        var all = folder is null ? [] : Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal);
        // The package's page and description are for developers, not for browsers.
        files = all.Where(file => !file.Key.EndsWith(".br", StringComparison.Ordinal) && !file.Key.EndsWith(".gz", StringComparison.Ordinal) && file.Key is not ("index.html" or "package.json"))
            .ToFrozenDictionary(file => file.Key, file => new StudioFile(file.Value, all.GetValueOrDefault($"{file.Key}.br"), all.GetValueOrDefault($"{file.Key}.gz")), StringComparer.Ordinal);
    }

    /// <summary>Whether the package was found.</summary>
    public bool AreThere => files.Count > 0;

    /// <summary>
    /// Answers with a file: compressed as the browser accepts, cached forever if its name contains a hash, else revalidated.
    /// </summary>
    public IResult Find(string path, HttpContext context)
    {
        if (!files.TryGetValue(path, out var file)) return Results.NotFound();
        var (physical, encoding) = file.For(context.Request.Headers.AcceptEncoding);
        var headers = context.Response.Headers;
        headers.CacheControl = Fingerprint().IsMatch(path) ? "public, max-age=31536000, immutable" : "public, no-cache";
        headers.Vary = HeaderNames.AcceptEncoding;
        if (encoding is not null) headers.ContentEncoding = encoding;
        return Results.File(physical, Types.TryGetContentType(path, out var type) ? type : "application/octet-stream", entityTag: new($"\"{file.Tag}-{encoding ?? "id"}\""));
    }

    // Names such as Elsa.Api.Client.0l8qb4ovtr.wasm hold ten characters of the content's hash.
    [GeneratedRegex(@"\.[a-z0-9]{10}\.(?:wasm|js|dat|bundle\.scp\.css)\z")]
    private static partial Regex Fingerprint();

    sealed record StudioFile(string Path, string? Brotli, string? Gzip)
    {
        /// <summary>ETag of the content, computed on first use.</summary>
        public string Tag => field ??= Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path)))[..16];

        public (string Path, string? Encoding) For(StringValues accepted)
        {
            if (!StringWithQualityHeaderValue.TryParseList(accepted, out var values)) return (Path, null);
            var taken = values.Where(value => value.Quality is not 0).Select(value => value.Value.Value).ToList();
            return Brotli is not null && taken.Contains("br", StringComparer.OrdinalIgnoreCase) ? (Brotli, "br")
                : Gzip is not null && taken.Contains("gzip", StringComparer.OrdinalIgnoreCase) ? (Gzip, "gzip")
                : (Path, null);
        }
    }
}
