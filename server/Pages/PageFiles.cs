using System.Reflection;
using System.Security.Cryptography;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.Pages;

/// <summary>Style sheets, scripts and icon, embedded in the program. Their addresses change with their content.</summary>
static class PageFiles
{
    const string Css = "text/css; charset=utf-8", Js = "text/javascript; charset=utf-8";

    static readonly (string Name, string Type, byte[] Content)[] All =
    [
        ("frame.css", Css, Read("frame.css")), ("pages.css", Css, Read("pages.css")), ("pages.js", Js, Read("pages.js")), ("icon.svg", "image/svg+xml", Read("icon.svg")),
        ("studio.css", Css, Read("studio.css")), ("studio.js", Js, Read("studio.js")),
    ];

    /// <summary>Address of the style sheet that the pages share with the Studio's page.</summary>
    public static string Frame { get; } = AddressOf("frame.css");

    public static string Style { get; } = AddressOf("pages.css");

    public static string Script { get; } = AddressOf("pages.js");

    public static string Icon { get; } = AddressOf("icon.svg");

    public static string StudioStyle { get; } = AddressOf("studio.css");

    public static string StudioScript { get; } = AddressOf("studio.js");

    /// <summary>Maps the files.</summary>
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

    static string AddressOf(string name) => $"/pages/{name}?v={Convert.ToHexStringLower(SHA256.HashData(All.Single(file => file.Name == name).Content))[..12]}";

    static byte[] Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
