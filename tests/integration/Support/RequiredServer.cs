namespace Orchestrator.Tests.Integration.Support;

/// <summary>What a test needs from outside: where it is missing the test is skipped with the reason, and fails when <c>CI=true</c>.</summary>
public static class RequiredServer
{
    /// <summary>Whether this machine promises to have everything.</summary>
    public static bool IsCi => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Ends the test as skipped, or as failed when <c>CI=true</c>.</summary>
    public static void Missing(string reason)
    {
        Assert.False(IsCi, $"{reason} CI=true promises that it is there.");
        Assert.Skip(reason);
    }
}

/// <summary>Real data of other people, which is not part of the repository.</summary>
public static class RequiredData
{
    /// <summary>Parent folder of the sample data.</summary>
    public static string Root => Path.GetFullPath(
        Environment.GetEnvironmentVariable("ORCHESTRATOR_SAMPLE_DATA") ?? Path.Combine(Repository.Root, "..", "shared", "data"));

    /// <summary>A folder of sample data: below <c>ORCHESTRATOR_SAMPLE_DATA</c>, else below <c>../shared/data</c> beside the repository.</summary>
    /// <param name="name">Such as <c>complete-journey</c>.</param>
    public static string Folder(string name)
    {
        var folder = Path.Combine(Root, name);
        if (!Directory.Exists(folder))
            RequiredServer.Missing($"The sample data '{name}' is not in '{Root}'; name its parent folder in ORCHESTRATOR_SAMPLE_DATA.");
        return folder;
    }
}
