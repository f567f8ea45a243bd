using System.Net.Sockets;
using Npgsql;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class FailureRulesTests
{
    static readonly RetryPolicy ThreeAttempts = new(3, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(1), Timeout: null);

    static ExecutionState Execution(int failed = 0, int infrastructure = 0, int lost = 0)
    {
        var execution = new ExecutionState(1, "A", null, default);
        (execution.Failures[(int)AttemptFailure.Failed], execution.Failures[(int)AttemptFailure.Infrastructure], execution.Failures[(int)AttemptFailure.Lost]) = (failed, infrastructure, lost);
        return execution;
    }

    static TimeSpan? DelayAfterLoss(ExecutionState execution) =>
        FailureRules.DelayAfter(FailureRules.Lost(execution, new()), execution, ThreeAttempts, new(), 0.5);

    static TimeSpan? DelayAfter(Exception exception, ExecutionState execution, double uniform = 0.5) =>
        FailureRules.DelayAfter(FailureRules.Classify(exception, "A"), execution, ThreeAttempts, new(), uniform);

    [Fact]
    public void The_exception_of_an_activity_says_itself_whether_another_attempt_may_help()
    {
        Assert.NotNull(DelayAfter(new ActivityFailedException("test.flaky", "Flaky.", isRetryable: true), Execution()));
        Assert.Null(DelayAfter(new ActivityFailedException("test.broken", "Broken.", isRetryable: false), Execution()));
    }

    [Fact]
    public void The_wait_grows_with_each_failure_and_is_spread_by_the_random_number()
    {
        var flaky = new ActivityFailedException("test.flaky", "Flaky.", isRetryable: true);
        Assert.Equal(TimeSpan.FromSeconds(0.5), DelayAfter(flaky, Execution(failed: 0)));
        Assert.Equal(TimeSpan.FromSeconds(1), DelayAfter(flaky, Execution(failed: 1)));
        Assert.Equal(TimeSpan.FromSeconds(0.2), DelayAfter(flaky, Execution(failed: 1), uniform: 0.1));
    }

    [Fact]
    public void The_last_attempt_of_the_policy_is_the_last() =>
        Assert.Null(DelayAfter(new ActivityFailedException("test.flaky", "Flaky.", isRetryable: true), Execution(failed: 2)));

    [Fact]
    public void Infrastructure_and_lost_workers_do_not_count_against_the_activitys_own_attempts() =>
        Assert.NotNull(DelayAfter(new ActivityFailedException("test.flaky", "Flaky.", isRetryable: true), Execution(failed: 1, infrastructure: 9, lost: 4)));

    [Fact]
    public void Infrastructure_has_a_budget_of_its_own()
    {
        var away = new NpgsqlException("Failed to connect", new SocketException(111));
        Assert.NotNull(DelayAfter(away, Execution(failed: 2, infrastructure: 9)));
        Assert.Null(DelayAfter(away, Execution(infrastructure: 10)));
    }

    [Fact]
    public void A_worker_that_takes_up_its_own_run_again_uses_the_budget_of_the_infrastructure()
    {
        Assert.NotNull(FailureRules.DelayAfter(FailureRules.Dropped("A"), Execution(infrastructure: 9), ThreeAttempts, new(), uniform: 0.5));
        Assert.Null(FailureRules.DelayAfter(FailureRules.Dropped("A"), Execution(infrastructure: 10), ThreeAttempts, new(), uniform: 0.5));
    }

    [Fact]
    public void An_attempt_whose_worker_died_is_tried_again_at_once_but_not_for_ever()
    {
        Assert.Equal(TimeSpan.Zero, DelayAfterLoss(Execution(failed: 2)));
        Assert.Null(DelayAfterLoss(Execution(lost: 1)));
        Assert.Equal("run.attempts_lost", FailureRules.Lost(Execution(lost: 1), new()).Error.Code);
    }

    public static TheoryData<Exception, string, bool> Exceptions => new()
    {
        { new NpgsqlException("Failed to connect", new SocketException(111)), "infrastructure.postgres", true },
        { new IOException("Connection reset by peer"), "infrastructure.io", true },
        { new HttpRequestException("No such host"), "infrastructure.network", true },
        { new TimeoutException("Too slow"), "infrastructure.timeout", true },
        { new IOException("No space left on device", 28), "infrastructure.disk_full", false },
        { new FileNotFoundException("gone.csv"), "activity.unexpected", false },
        { new InvalidCastException("no"), "activity.unexpected", false },
        { new AggregateException(new TimeoutException("Too slow")), "infrastructure.timeout", true },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Exceptions_of_others_are_classified(Exception exception, string code, bool isRetryable) =>
        Assert.Equal((code, isRetryable), FailureRules.Classify(exception, "A") is var failure ? (failure.Error.Code, failure.IsRetryable) : default);
}
