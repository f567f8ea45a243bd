using DuckDB.NET.Data;
using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Telemetry;
using Orchestrator.Spark;

using var interruption = new Interruption();
using var telemetry = TelemetryExport.Start();
return await OrchestratorCommand.InvokeAsync(args, Terminal.OfProcess() with { ListenForSecond = interruption.ListenForSecond },
    new(services => services.AddSpark(), ReadDuckDbVersion), interruption.Token);

static string ReadDuckDbVersion()
{
    using var connection = new DuckDBConnection("DataSource=:memory:");
    connection.Open();
    return $"DuckDB {connection.ServerVersion.TrimStart('v')}";
}
