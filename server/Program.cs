using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Hosting;
using Orchestrator.Spark;

using var interruption = new Interruption();
return await OrchestratorCommand.InvokeAsync(args, Terminal.OfProcess(), services => services.AddSpark(), interruption.Token);
