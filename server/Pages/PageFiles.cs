using System.Reflection;
using System.Security.Cryptography;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.Pages;

/// <summary>The style sheet, the script and the icon: our own, inside the program. Their addresses change with their content.</summary>
static class PageFiles
{
    static readonly (string Name, string Type, byte[] Content)[] All =
    [
        ("pages.css", "text/css; charset=utf-8", Read("pages.css")), ("pages.js", "text/javascript; charset=utf-8", Read("pages.js")), ("icon.svg", "image/svg+xml", Read("icon.svg")),
    ];

    public static string Style { get; } = AddressOf(0);

    public static string Script { get; } = AddressOf(1);

    public static string Icon { get; } = AddressOf(2);

    /// <summary>Serves them.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var (name, type, content) in All)
        {
            app.MapGet($"/pages/{name}", (HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                return Results.Bytes(content, type);
            }).NeedsNoLogin().ExcludeFromDescription();
        }
    }

    static string AddressOf(int file) => $"/pages/{All[file].Name}?v={Convert.ToHexStringLower(SHA256.HashData(All[file].Content))[..12]}";

    static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
