using Orchestrator.Server.Machine;


namespace Orchestrator.Server.Composition;

/// <summary>The engine that runs the models, which only <c>Program.cs</c> names.</summary>
/// <param name="AddTo">Adds it to a platform, as the options and the settings say.</param>
/// <param name="ExamineAsync">Looks whether it works; a finding of what does not says what to do.</param>
public sealed record EnginePart(
    Action<IServiceCollection, PlatformOptions, IConfiguration> AddTo, Func<PlatformOptions, IConfiguration, CancellationToken, Task<IReadOnlyList<Finding>>> ExamineAsync);
