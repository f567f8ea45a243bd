using Orchestrator.Server.Machine;


namespace Orchestrator.Server.Composition;

/// <summary>The engine that runs the models, which only <c>Program.cs</c> names.</summary>
/// <param name="AddTo">Adds the engine to a platform, according to options and settings.</param>
/// <param name="ExamineAsync">Checks whether the engine works; findings about failures say what to do.</param>
public sealed record EnginePart(
    Action<IServiceCollection, PlatformOptions, IConfiguration> AddTo, Func<PlatformOptions, IConfiguration, CancellationToken, Task<IReadOnlyList<Finding>>> ExamineAsync);
