using System.Net;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Tests.Unit.Http;

public sealed class HostAllowListTests
{
    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("1.1.1.1")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:1.1.1.1")]
    [InlineData("64:ff9b::101:101")]
    public void Addresses_of_the_internet_are_public(string address) => Assert.True(PublicAddresses.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.250")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void Addresses_of_this_machine_and_its_surroundings_are_not(string address) => Assert.False(PublicAddresses.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("*", "api.example.org", 443, "93.184.216.34", true)]
    [InlineData("*", "api.example.org", 443, "10.0.0.1", false)]
    [InlineData("", "api.example.org", 443, "93.184.216.34", false)]
    [InlineData("api.example.org", "API.example.org.", 443, "93.184.216.34", true)]
    [InlineData("api.example.org", "api.example.org", 443, "10.0.0.1", true)]
    [InlineData("api.example.org", "api.example.org", 443, "169.254.169.254", false)]
    [InlineData("api.example.org", "api.example.org", 443, "::ffff:169.254.169.254", false)]
    [InlineData("api.example.org", "evil-api.example.org", 443, "93.184.216.34", false)]
    [InlineData("*.example.org", "api.example.org", 443, "93.184.216.34", true)]
    [InlineData("*.example.org", "api.example.org", 443, "10.0.0.1", false)]
    [InlineData("*.example.org", "example.org", 443, "93.184.216.34", false)]
    [InlineData("*.example.org", "badexample.org", 443, "93.184.216.34", false)]
    [InlineData("erp.local:8443", "erp.local", 8443, "10.0.0.1", true)]
    [InlineData("erp.local:8443", "erp.local", 443, "10.0.0.1", false)]
    [InlineData("10.1.0.0/16", "erp.local", 80, "10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "erp.local", 80, "::ffff:10.1.2.3", true)]
    [InlineData("10.1.0.0/16", "erp.local", 80, "10.2.2.3", false)]
    [InlineData("169.254.169.254", "169.254.169.254", 80, "169.254.169.254", true)]
    [InlineData("[::1]:8080, x", "::1", 8080, "::1", true)]
    [InlineData("[::1]:8080", "::1", 80, "::1", false)]
    [InlineData("::1", "localhost", 80, "::1", true)]
    public void An_entry_opens_what_it_names_and_nothing_else(string list, string host, int port, string address, bool isAllowed) =>
        Assert.Equal(isAllowed, HostAllowList.Parse(list).Allows(host, port, IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://example.org")]
    [InlineData("example.org:x")]
    [InlineData("a b")]
    [InlineData("*.")]
    [InlineData("example.*")]
    public void What_is_no_host_is_refused_at_the_start(string entry)
    {
        Assert.False(HostAllowList.TryParse($"ok.example, {entry}", out _, out var wrong));
        Assert.Equal(entry, wrong);
        Assert.Contains($"'{entry}' in Http:AllowedHosts is no host.", new HttpOptions { AllowedHosts = entry }.Validate(new(entry)).Single().ErrorMessage, StringComparison.Ordinal);
    }
}
