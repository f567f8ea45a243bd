using System.Text.Json.Serialization;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class RunFoldTests
{
    [Fact]
    public void Every_event_has_a_name_in_the_journal() => Assert.Equal(
        typeof(RunEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RunEvent))).Select(type => type.Name).Order(),
        typeof(RunEvent).GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false)
            .Select(known => ((JsonDerivedTypeAttribute)known).DerivedType.Name).Order());

    // A view passes over what it does not show. Whoever adds an event decides here for each view, or gives it a method there.
    [Fact]
    public void The_history_of_a_run_passes_over_what_it_does_not_show() => Assert.Equal(
        ["CheckpointSaved", "RunCancelRequested", "RunHandedOver", "RunSuspended", "SlotAwaited", "SlotTaken"], PassedOverBy<RunHistory>());

    [Fact]
    public void The_source_of_a_rerun_passes_over_what_leads_to_no_start_and_no_end() => Assert.Equal(
        [
            "ActivityResumed", "ActivityScheduled", "ActivitySuspended", "AttemptCompleted", "AttemptFailed", "AttemptStarted", "CheckpointSaved",
            "ContainerEvaluated", "RunCancelRequested", "RunCreated", "RunHandedOver", "RunRecovered", "RunStarted", "RunSuspended", "SlotAwaited",
            "SlotTaken",
        ],
        PassedOverBy<SourceRun>());

    [Fact]
    public void Attempts_pass_over_all_events_that_are_not_read_for_them() => Assert.Equal(
        RunEventJson.Names.Except(AttemptHistories.Events).Count(), PassedOverBy<AttemptHistories>().Count());

    static IEnumerable<string> PassedOverBy<TView>() where TView : IRunView =>
        typeof(TView).GetInterfaceMap(typeof(IRunFold)).TargetMethods.Where(method => method.DeclaringType == typeof(IRunView))
            .Select(method => method.GetParameters()[0].ParameterType.Name).Order();
}
