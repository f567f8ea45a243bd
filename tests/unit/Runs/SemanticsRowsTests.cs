using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>What is known of how a stock Elsa server executes definitions, and the tests here that prove of each that we do the same, or the documented difference.</summary>
public sealed partial class SemanticsRowsTests
{
    /// <summary>Subject → tests, as <c>Class.Method</c>; or <c>differs: subject</c>, with the subject as <c>elsa-differences.md</c> names it.</summary>
    static readonly (string Subject, string[] Proofs)[] Rows =
    [
        ("Flowchart mode", ["FlowchartTests.A_merge_behind_a_dead_branch_suspends_the_run_and_says_what_is_missing"]),
        ("Conversion mode", ["ValueConversionTests.Value_that_does_not_fit_fails_instead_of_becoming_a_default"]),
        ("Scheduler", ["FlowchartTests.Branches_advance_breadth_first", "ContainerTests.Parallel_branches_advance_breadth_first"]),
        ("Journal order", ["FlowchartTests.A_child_completes_before_its_container_and_the_container_before_the_next_queued_work", "SemanticsReplayTests.Sample_has_the_journal_of_a_stock_server"]),
        ("Journal events", ["WaitTests.An_activity_that_waits_is_suspended_resumed_and_completed_with_no_second_start", "SemanticsReplayTests.Sample_has_the_journal_of_a_stock_server"]),
        ("Outcomes", ["BranchingTests.A_fork_follows_its_branches_in_their_order", "ContainerTests.Complete_ends_the_run_with_outcomes"]),
        ("End of a run", ["FlowchartTests.A_merge_behind_a_dead_branch_suspends_the_run_and_says_what_is_missing", "differs: Branch that can never come"]),
        ("HTTP answer of execute", ["SemanticsReplayTests.Executed_sample_gives_the_recorded_answer", "InstanceTests.What_is_not_there_is_404_without_a_body"]),
        ("Entry activity",
        [
            "FlowchartTests.A_start_activity_is_where_the_flowchart_begins_wherever_it_stands", "FlowchartTests.Only_the_first_activity_without_inbound_connection_starts",
            "FlowchartTests.Where_every_activity_has_an_inbound_connection_the_first_one_starts", "WaitTests.The_activity_that_started_the_run_completes_at_once_and_is_where_the_flowchart_begins",
            "SemanticsTests.A_flowchart_begins_with_the_activity_that_can_start_the_workflow_before_the_first_in_the_list", "SemanticsTests.A_start_property_is_not_read",
        ]),
        ("Ports", ["SemanticsTests.A_connection_without_ports_goes_from_done_to_in", "FlowchartTests.All_connections_of_an_outcome_are_followed_in_list_order"]),
        ("Unknown target", ["SemanticsTests.A_connection_to_nothing_is_dropped"]),
        ("Unconnected outcome", ["FlowchartTests.An_outcome_that_is_not_connected_ends_the_flowchart"]),
        ("Empty flowchart / sequence / parallel", ["FlowchartTests.An_empty_flowchart_completes_at_once", "ContainerTests.An_empty_parallel_completes_at_once"]),
        ("Backward connection", ["FlowchartTests.A_backward_connection_runs_its_target_again"]),
        ("No merge mode (= Stream)",
        [
            "FlowchartTests.Without_merge_mode_a_diamond_of_equal_branches_runs_its_end_once", "FlowchartTests.Without_merge_mode_a_diamond_of_unequal_branches_runs_its_end_twice",
            "BranchingTests.An_activity_that_waits_right_before_the_end_of_a_diamond_is_waited_for",
        ]),
        ("mergeMode Merge",
        [
            "FlowchartTests.A_merge_waits_for_the_longest_branch", "FlowchartTests.A_merge_does_not_wait_for_a_backward_connection",
            "FlowchartTests.A_merge_behind_a_dead_branch_suspends_the_run_and_says_what_is_missing",
        ]),
        ("mergeMode Converge", ["FlowchartTests.Converge_waits_for_the_backward_connection_too_so_a_loop_never_starts"]),
        ("mergeMode Race",
        [
            "FlowchartTests.In_a_race_a_late_arrival_is_swallowed", "FlowchartTests.A_race_starts_with_the_first_arrival_and_cancels_the_job_that_lost", "SemanticsTests.A_race_cancels_an_ancestor_that_waits",
        ]),
        ("mergeMode Cascade", ["SemanticsTests.A_cascade_runs_its_target_once_and_cancels_nobody", "SemanticsTests.Of_a_cascade_the_first_arrival_blocks_the_others_which_are_swallowed_while_it_is_there"]),
        ("FlowJoin",
        [
            "BranchingTests.A_join_that_waits_for_any_goes_on_with_the_first_and_cancels_the_others", "BranchingTests.A_join_that_waits_for_all_goes_on_with_the_last",
            "BranchingTests.A_join_that_waits_for_all_is_blocked_by_a_branch_that_is_not_taken",
        ]),
        ("WaitAny cancels",
        [
            "BranchingTests.A_join_that_waits_for_any_goes_on_with_the_first_and_cancels_the_others",
            "BranchingTests.Of_the_branch_that_lost_nothing_runs_in_whatever_order_they_are_drawn",
        ]),
        ("Dead branch", ["FlowchartTests.A_dead_branch_does_not_hold_up_an_end_without_merge_mode"]),
        ("Completion", ["FlowchartTests.Without_merge_mode_a_job_right_before_the_end_is_waited_for", "ContainerTests.Of_a_failed_parallel_the_others_still_run_and_it_never_completes"]),
        ("Finish", ["ContainerTests.Finish_ends_the_run_at_once", "RunEngineTests.Finish_ends_the_run_at_once_without_completing_its_containers"]),
        ("End", ["ContainerTests.End_completes_its_container_and_cancels_what_waits_in_it", "RunEngineTests.A_sequence_executes_one_after_the_other_and_ends_at_an_end"]),
        ("Complete", ["ContainerTests.Complete_ends_the_run_with_outcomes", "differs: `Complete`"]),
        ("Break", ["LoopTests.Break_ends_the_body_and_the_innermost_loop", "LoopTests.Break_outside_of_a_loop_ends_its_sequence_alone"]),
        ("If", ["SemanticsTests.If_gives_back_what_it_decided", "SemanticsTests.If_without_the_branch_goes_on"]),
        ("FlowDecision without condition", ["SemanticsTests.A_decision_without_condition_is_false"]),
        ("Switch / FlowSwitch",
        [
            "BranchingTests.A_switch_takes_the_first_true_case_or_all_in_order", "BranchingTests.A_switch_without_true_case_takes_its_default",
            "BranchingTests.A_switch_without_true_case_and_default_completes",
        ]),
        ("Parallel", ["ContainerTests.Parallel_branches_advance_breadth_first", "ContainerTests.Of_a_failed_parallel_the_others_still_run_and_it_never_completes"]),
        ("For",
        [
            "LoopTests.For_counts_its_outer_bound_included_where_nothing_else_is_said", "LoopTests.For_without_inputs_runs_once_with_zero",
            "LoopTests.For_gives_back_the_number_that_it_counted_last", "differs: Loop without body",
        ]),
        ("ForEach", ["LoopTests.For_each_takes_the_items_in_order_with_their_place", "LoopTests.For_each_accepts_arrays_and_their_text", "LoopTests.For_each_without_items_completes", "differs: Loop without body"]),
        ("ForEach nesting", ["LoopTests.The_item_of_an_inner_loop_hides_that_of_the_outer_one_and_is_gone_after_it", "differs: Loops in loops"]),
        ("While", ["LoopTests.While_evaluates_its_condition_before_each_pass", "LoopTests.While_without_condition_does_nothing"]),
        ("ParallelForEach", ["LoopTests.Parallel_for_each_queues_all_bodies_which_then_advance_step_by_step_each_with_its_own_item", "LoopTests.Items_keep_their_own_variables_over_a_wait"]),
        ("FlowFork", ["BranchingTests.A_fork_follows_its_branches_in_their_order", "BranchingTests.A_fork_without_branches_is_done"]),
        ("Strategy", ["ContainerTests.A_run_that_continues_with_incidents_waits_instead_of_failing"]),
        ("Fault strategy",
        [
            "RunEngineTests.After_a_failure_queued_siblings_and_what_follows_them_still_execute_but_not_what_follows_the_failed_one", "SemanticsTests.A_sequence_goes_no_further_than_a_fault",
            "SemanticsReplayTests.Faulted_sample_is_shown_as_recorded",
        ]),
        ("ContinueWithIncidents", ["ContainerTests.A_run_that_continues_with_incidents_waits_instead_of_failing"]),
        ("Message",
        [
            "LoopTests.A_loop_does_not_go_past_a_pass_that_faulted", "RunEngineTests.An_input_that_cannot_be_evaluated_fails_the_activity_and_names_the_input",
            "ChildRunTests.A_workflow_that_does_not_exist_fails_the_activity", "differs: `Fault` without message",
        ]),
        ("Unknown activity type", ["ContainerTests.A_type_that_does_not_exist_faults_when_its_turn_comes"]),
        ("Missing inputs",
        [
            "SemanticsTests.A_line_without_text_is_written_empty", "ContainerTests.Set_name_and_correlate_without_value_leave_nothing",
            "RunEngineTests.Set_variable_without_such_a_variable_fails_with_Elsas_message", "ContainerTests.Set_output_without_name_faults",
        ]),
        ("Unknown expression type", ["ExpressionEvaluatorTests.Unknown_variable_and_unknown_expression_type_fail", "differs: Unknown expression type"]),
        ("Identity", ["RunEngineTests.Set_variable_without_such_a_variable_fails_with_Elsas_message", "SemanticsTests.What_is_assigned_takes_the_type_of_its_variable"]),
        ("Scope", ["ContainerTests.The_innermost_variable_of_a_name_counts_and_is_gone_after_its_container", "ContainerTests.A_variable_of_an_inner_container_is_unknown_outside"]),
        ("/variables", ["SemanticsReplayTests.Variables_are_those_of_the_workflow_also_after_the_end"]),
        ("Storage", ["LoopTests.Items_keep_their_own_variables_over_a_wait", "differs: Variable without storage driver"]),
        ("Defaults", ["ValueConversionTests.Variable_starts_with_its_default_in_its_type", "differs: Default of a DateTime variable"]),
        ("Assignment (SetVariable)", ["SemanticsTests.What_is_assigned_takes_the_type_of_its_variable", "SemanticsTests.An_array_of_a_script_becomes_one_of_the_variables_type_and_an_object_stays_one"]),
        ("Failed assignment", ["SemanticsTests.What_cannot_be_assigned_faults_and_the_variable_keeps_its_value"]),
        ("Workflow inputs", ["SemanticsTests.Inputs_of_the_workflow_are_handed_over_as_they_are_declared_or_not", "differs: Default of an input"]),
        ("Input names", ["SemanticsTests.Inputs_of_the_workflow_are_handed_over_as_they_are_declared_or_not", "LiquidTests.Template_shows_what_it_names"]),
        ("SetOutput", ["SemanticsTests.Set_output_takes_names_that_are_not_declared_and_converts_nothing"]),
        ("Output capture", ["SemanticsTests.An_output_goes_into_its_variable_in_the_variables_type"]),
        ("SetName, Correlate", ["ContainerTests.Name_correlation_and_outputs_are_those_of_the_run", "SemanticsTests.A_correlation_is_seen_at_once"]),
        ("Result to input type", ["ValueConversionTests.Value_becomes_the_type_of_the_input", "ValueConversionTests.Value_that_does_not_fit_fails_instead_of_becoming_a_default"]),
        ("JavaScript", ["ExpressionEvaluatorTests.JavaScript_gives_the_value_of_its_last_statement", "ExpressionEvaluatorTests.Failing_script_says_where_and_why"]),
        ("JS accessors", ["ExpressionEvaluatorTests.JavaScript_gives_the_value_of_its_last_statement"]),
        ("JS missing names", ["ExpressionEvaluatorTests.JavaScript_gives_the_value_of_its_last_statement", "ExpressionEvaluatorTests.Failing_script_says_where_and_why"]),
        ("JS writes",
        [
            "SemanticsTests.A_script_writes_a_variable_without_conversion_and_makes_one_that_later_activities_see", "ExpressionEvaluatorTests.Written_variables_are_handed_to_the_runtime_as_they_are",
            "ExpressionEvaluatorTests.Member_of_variables_is_copied_back_after_the_script",
        ]),
        ("JS helpers", ["ExpressionEvaluatorTests.JavaScript_gives_the_value_of_its_last_statement", "ExpressionEvaluatorTests.JavaScript_has_the_functions_of_Elsa"]),
        ("Liquid names", ["LiquidTests.Template_shows_what_it_names"]),
        ("Liquid encoding", ["LiquidTests.Values_are_encoded_for_html_and_text_is_not"]),
        ("Liquid errors", ["LiquidTests.Template_that_cannot_be_parsed_gives_the_reason_as_its_text"]),
        ("Object / Literal", ["LoopTests.For_each_accepts_arrays_and_their_text", "ExpressionEvaluatorTests.Simple_expressions_give_their_value"]),
        ("ExecuteWorkflow", ["ChildRunTests.A_workflow_executes_another_one_and_gets_its_output", "ChildRunTests.A_child_that_fails_does_not_fail_its_parent", "differs: `ExecuteWorkflow`"]),
        ("ExecuteWorkflow, child suspends", ["ChildRunTests.A_child_that_waits_keeps_its_parent_waiting_over_a_restart", "differs: `ExecuteWorkflow` of a child that waits"]),
        ("DispatchWorkflow",
        [
            "ChildRunTests.A_workflow_that_is_dispatched_is_not_waited_for", "ChildRunTests.A_child_that_waits_keeps_its_parent_waiting_over_a_restart", "ChildRunTests.A_child_that_fails_does_not_fail_its_parent",
        ]),
        ("Child input", ["ChildRunTests.A_child_is_told_who_started_it"]),
        ("Delay", ["WaitTests.A_wait_for_a_time_is_due_that_long_after_its_start"]),
        ("Size", ["SemanticsTests.Three_hundred_activities_in_a_row_and_a_text_of_a_hundred_thousand_characters", "SizeTests.Five_hundred_containers_in_each_other", "differs: 64 levels of JSON"]),
    ];

    public static TheoryData<string> Subjects => [.. Rows.Select(row => row.Subject)];

    [Theory]
    [MemberData(nameof(Subjects))]
    public void What_a_stock_server_does_is_proven_by_tests_that_are_there(string subject)
    {
        var proofs = Rows.Single(row => row.Subject == subject).Proofs;
        var differences = Repository.Read("workflows/elsa-differences.md");
        Assert.Contains(proofs, proof => !proof.StartsWith("differs: ", StringComparison.Ordinal));
        Assert.All(proofs, proof =>
        {
            if (proof.StartsWith("differs: ", StringComparison.Ordinal)) Assert.Contains($"| {proof["differs: ".Length..]} |", differences, StringComparison.Ordinal);
            else Assert.True(Tests.Value.Contains(proof), $"There is no test {proof}.");
        });
    }

    [Fact]
    public void Every_subject_that_was_observed_is_in_the_list()
    {
        var file = Path.Combine(Repository.Root, "..", "shared", "elsa-api", "SEMANTICS.md");
        Assert.SkipUnless(File.Exists(file), $"The observations are not here: '{file}'.");
        var observed = File.ReadLines(file).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim())
            .Where(subject => subject != "topic" && !subject.StartsWith("**", StringComparison.Ordinal));
        Assert.Equal(observed, Rows.Select(row => row.Subject));
    }

    static readonly Lazy<HashSet<string>> Tests = new(() =>
    [
        .. Repository.Files("Tests.cs").Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(file => Method.Matches(Repository.Read(file)).Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups["name"].Value}")),
    ]);

    [GeneratedRegex(@"^    public (async )?(void|Task) (?<name>\w+)\(", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Method { get; }
}
