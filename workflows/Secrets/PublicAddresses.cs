using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Workflows.Secrets;

/// <summary>Separates addresses that are public on the internet from those that lead to this machine or its networks.</summary>
/// <remarks>https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry.</remarks>
static class PublicAddresses
{
    static readonly IPNetwork[] Special =
    [
        .. ((string[])["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Exceptions within the public IPv6 range: protocols that carry IPv4 addresses, and documentation.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]).Select(network => IPNetwork.Parse(network)),
    ];

    static readonly IPNetwork Global = IPNetwork.Parse("2000::/3"), Nat64 = IPNetwork.Parse("64:ff9b::/96");
    static readonly IPNetwork[] LinkLocal = [IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("fd00:ec2::/32")];

    /// <summary>Whether it is public on the internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        address = Plain(address);
        return (address.AddressFamily is AddressFamily.InterNetwork || Global.Contains(address)) && !Special.Any(network => network.Contains(address));
    }

    /// <summary>
    /// Whether it is the address at which clouds answer with the rights of this machine, or another that only the same link reaches.
    /// </summary>
    public static bool IsLinkLocal(IPAddress address) => LinkLocal.Any(network => network.Contains(Plain(address)));

    /// <summary>Returns the IPv4 address that an IPv6 address leads to; otherwise the address itself.</summary>
    public static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return address.AddressFamily is AddressFamily.InterNetworkV6 && Nat64.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12)) : address;
    }
}
