#if ELSA_WORKFLOWS_CORE
global using Elsa.Workflows;
global using Elsa.Workflows.Attributes;
global using Elsa.Workflows.Models;
#else
global using Orchestrator.Workflows.Activities;
#endif
global using Orchestrator.Workflows.Assets;
global using Orchestrator.Workflows.Values;
