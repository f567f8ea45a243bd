
namespace Orchestrator.Server.Hosting;

/// <summary>The engine that runs the models, which only <c>Program.cs</c> names.</summary>
/// <param name="AddTo">Adds it to a platform.</param>
/// <param name="ReadVersion">Its name and version, such as <c>DuckDB 1.5.2</c>.</param>
public sealed record EnginePart(Action<IServiceCollection> AddTo, Func<string> ReadVersion);
