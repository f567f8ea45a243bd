using System.Globalization;
using System.Net;

namespace Orchestrator.Spark.Connect;

/// <summary>
/// Address of a Spark Connect server with the parameters of its connection, written as Spark's clients write it:
/// <c>sc://host:15002/;token=…;use_ssl=true;user_id=…</c>; other names become headers of every call
/// (https://github.com/apache/spark/blob/master/sql/connect/docs/client-connection-string.md).
/// </summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port; 15002 where none is given.</param>
/// <param name="UsesTls">
/// Whether the connection is encrypted: as <c>use_ssl</c> says; where it says nothing, with a token and to another machine.
/// </param>
/// <param name="Token">What is shown to the server as bearer token; <see langword="null"/> for none.</param>
/// <param name="UserId">Whose session it is; servers without authentication believe it.</param>
/// <param name="Headers">Further headers of every call.</param>
public sealed record SparkAddress(string Host, int Port, bool UsesTls, string? Token, string UserId,
    IReadOnlyDictionary<string, string> Headers)
{
    const string Form = "Write it such as sc://host:15002/;token=….";
    const int DefaultPort = 15002;

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">It is none; the message says why, without the token.</exception>
    public static SparkAddress Parse(string text)
    {
        var at = text.IndexOf(';', StringComparison.Ordinal);
        var server = at < 0 ? text : text[..at];
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme != "sc" || address.Host.Length == 0
            || address.UserInfo.Length > 0)
            throw new FormatException($"'{server}' is not the address of a Spark Connect server. {Form}");
        if (address.AbsolutePath is not ("" or "/"))
            throw new FormatException($"The address of a Spark Connect server has no path, but '{server}' has '{address.AbsolutePath}'. " +
                $"{Form}");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in at < 0 ? [] : text[(at + 1)..].Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } value])
                throw new FormatException($"After '{server}' there is something without '=', or nothing after it. {Form}");
            if (!values.TryAdd(name, Uri.UnescapeDataString(value)))
                throw new FormatException($"'{server}' is followed by '{name}' twice. {Form}");
        }
        values.Remove("token", out var token);
        values.Remove("user_id", out var user);
        // The session is ours to choose. Who calls is said by the client too.
        values.Remove("session_id");
        values.Remove("user_agent");
        var usesTls = values.Remove("use_ssl", out var tls) ? ReadFlag(tls) : token is not null && !IsLoopback(address.Host);
        return new(address.Host, address.Port < 0 ? DefaultPort : address.Port, usesTls, token, user ?? "orchestrator", values);
    }

    /// <summary>Without the token and the headers.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"sc://{Host}:{Port}{(UsesTls ? "/;use_ssl=true" : "")}");

    static bool ReadFlag(string text) => bool.TryParse(text, out var flag)
        ? flag
        : throw new FormatException($"'use_ssl' is '{text}', but must be true or false.");

    static bool IsLoopback(string host) =>
        host == "localhost" || IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip);
}
