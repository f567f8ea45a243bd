namespace Orchestrator.Workflows.Secrets;

/// <summary>The hosts that a secret may be sent to, written like <c>HttpOptions.AllowedHosts</c>.</summary>
public static class SecretHosts
{
    /// <summary>Characters of the longest list.</summary>
    public const int LongestList = 10_000;

    /// <summary>Returns the reason if a text is no list of hosts; <see langword="null"/> if it is one.</summary>
    public static string? ProblemOf(string hosts)
    {
        var problem = hosts.Length > LongestList ? $"The list of hosts has {hosts.Length} characters."
            : !HostAllowList.TryParse(hosts, out var list, out var wrong) ? $"'{wrong}' is no host."
            : list.IsEmpty ? "The list of hosts is empty."
            : null;
        return problem is null ? null
            : $"{problem} Give hosts such as api.example.org, *.example.com or 10.0.0.5:8443 with commas between them, up to {LongestList} characters, or none for any host.";
    }
}
