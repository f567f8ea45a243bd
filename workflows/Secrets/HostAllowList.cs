using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Orchestrator.Workflows.Secrets;

/// <summary>The hosts that HTTP activities may call; see <c>Http:AllowedHosts</c>.</summary>
sealed class HostAllowList
{
    readonly IReadOnlyList<Entry> entries;

    HostAllowList(IReadOnlyList<Entry> entries) => this.entries = entries;

    /// <summary>Whether any address of a host could be allowed, so that its name may be resolved.</summary>
    public bool MayAllow(string host, int port) => entries.Any(entry => entry.IsFor(port) && (entry is { IsAny: true } or { Network: not null } || entry.Names(host)));

    /// <summary>Whether a host may be reached at one of its addresses.</summary>
    public bool Allows(string host, int port, IPAddress address)
    {
        var plain = PublicAddresses.Plain(address);
        foreach (var entry in entries.Where(entry => entry.IsFor(port)))
        {
            if (entry.Network is { } network && (network.Contains(address) || network.Contains(plain))) return true;
            if (!entry.IsAny && !entry.Names(host)) continue;
            if (entry is { IsAny: false, IsBelow: false } ? !PublicAddresses.IsLinkLocal(plain) : PublicAddresses.IsPublic(plain)) return true;
        }
        return false;
    }

    /// <summary>Whether a host is among them by its notation: a name by its name, an address by itself.</summary>
    public bool Names(string host, int port) => entries.Any(entry => entry.IsFor(port) && (entry.IsAny || entry.Names(host)
        || (entry.Network is { } network && IPAddress.TryParse(host.Trim('[', ']'), out var address) && (network.Contains(address) || network.Contains(PublicAddresses.Plain(address))))));

    /// <summary>Whether there is no entry.</summary>
    public bool IsEmpty => entries.Count == 0;

    /// <exception cref="FormatException">An entry is no host.</exception>
    public static HostAllowList Parse(string text) => TryParse(text, out var list, out var wrong) ? list : throw new FormatException($"'{wrong}' is no host.");

    public static bool TryParse(string text, [NotNullWhen(true)] out HostAllowList? list, [NotNullWhen(false)] out string? wrong)
    {
        var read = new List<Entry>();
        (list, wrong) = (null, null);
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (EntryOf(part) is not { } entry)
            {
                wrong = part;
                return false;
            }
            read.Add(entry);
        }
        list = new(read);
        return true;
    }

    static Entry? EntryOf(string text)
    {
        int? port = null;
        // An address of IPv6 has colons itself, so only one in brackets has a port.
        if (text.LastIndexOf(':') is >= 0 and var colon && (text[..colon].EndsWith(']') || text.IndexOf(':') == colon))
        {
            if (!ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
            (port, text) = (number, text[..colon]);
        }
        text = text.Trim('[', ']');
        if (text == "*") return new(null, null, port);
        if (IPNetwork.TryParse(text, out var network)) return new(null, network, port);
        if (IPAddress.TryParse(text, out var address)) return new(null, new IPNetwork(address, address.GetAddressBytes().Length * 8), port);
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        return Uri.CheckHostName(name) is UriHostNameType.Dns ? new(text, null, port) : null;
    }

    sealed record Entry(string? Host, IPNetwork? Network, int? Port)
    {
        public bool IsAny => Host is null && Network is null;

        public bool IsBelow => Host?.StartsWith("*.", StringComparison.Ordinal) is true;

        public bool IsFor(int port) => Port is null || Port == port;

        public bool Names(string host)
        {
            if (Host is null) return false;
            host = host.TrimEnd('.');
            return IsBelow ? host.EndsWith(Host[1..], StringComparison.OrdinalIgnoreCase) : string.Equals(host, Host, StringComparison.OrdinalIgnoreCase);
        }
    }
}
