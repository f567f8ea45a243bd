using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>
/// A <see cref="RunQuery"/> as SQL. It has only the requested conditions, so that each text has a plan of its own and a page deep in the
/// past begins in an index.
/// </summary>
sealed class RunQuerySql
{
    /// <summary>Activity executions of a run that failed for good.</summary>
    public const string Faults = """
        (select count(*) from orchestrator.activity_execution as execution where execution.run_id = run.id and execution.status = 'Failed')
        """;

    readonly List<(object Value, NpgsqlDbType Type)> values = [];
    readonly string where;
    readonly int conditionValues;

    public RunQuerySql(RunQuery query)
    {
        Key = KeyOf(query.Order);
        var conditions = Conditions(query).ToList();
        where = conditions.Count > 0 ? $" where {string.Join(" and ", conditions)}" : "";
        conditionValues = values.Count;
        var direction = query.IsDescending ? "desc" : "asc";
        var skip = query.Skip > 0 ? $" offset {Add(query.Skip, NpgsqlDbType.Integer)}" : "";
        Page = $"from orchestrator.run{where} order by {Key} {direction}, run.id {direction} limit {Add(query.Limit, NpgsqlDbType.Integer)}{skip}";
    }

    /// <summary>Expression by which the runs are sorted; never null, so that a page can begin after any run.</summary>
    public string Key { get; }

    /// <summary>The page, from <c>from</c> on.</summary>
    public string Page { get; }

    /// <summary>Counts the runs on all pages.</summary>
    public string Count => $"select count(*) from orchestrator.run{where}";

    /// <summary>Adds the values of <see cref="Page"/>.</summary>
    public NpgsqlParameterCollection FillPage(NpgsqlParameterCollection parameters) => Fill(parameters, values.Count);

    /// <summary>Adds the values of <see cref="Count"/>.</summary>
    public NpgsqlParameterCollection FillCount(NpgsqlParameterCollection parameters) => Fill(parameters, conditionValues);

    NpgsqlParameterCollection Fill(NpgsqlParameterCollection parameters, int count)
    {
        foreach (var (value, type) in values[..count]) parameters.With(value, type);
        return parameters;
    }

    IEnumerable<string> Conditions(RunQuery query)
    {
        const NpgsqlDbType Texts = NpgsqlDbType.Array | NpgsqlDbType.Text;
        if (query.HasHistory) yield return "run.history_removed_at is null";
        if (query.Ids is { } ids) yield return $"run.id = any({Add(ids.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)})";
        if (query.Statuses is { } statuses)
        {
            yield return $"run.status = any({Add(statuses.Select(status => status.ToString()).ToArray(), Texts)})";
            if (statuses.All(status => !status.IsFinal)) yield return "run.finished_at is null";
        }
        if (query.DefinitionIds is [var only]) yield return $"run.definition_id = {Add(only, NpgsqlDbType.Text)}";
        else if (query.DefinitionIds.Count > 0) yield return $"run.definition_id = any({Add(query.DefinitionIds.ToArray(), Texts)})";
        if (query.Version is { } version) yield return $"run.definition_version = {Add(version, NpgsqlDbType.Integer)}";
        if (query.FirstPartition is { } first) yield return $"run.partition >= {Add(first.Start, NpgsqlDbType.Date)}";
        if (query.LastPartition is { } last) yield return $"run.partition <= {Add(last.Start, NpgsqlDbType.Date)}";
        foreach (var time in query.Times)
        {
            if (time.From is { } from) yield return $"{KeyOf(time.Column)} >= {Add(from.ToUniversalTime(), NpgsqlDbType.TimestampTz)}";
            if (time.Before is { } before) yield return $"{KeyOf(time.Column)} < {Add(before.ToUniversalTime(), NpgsqlDbType.TimestampTz)}";
        }
        if (query.RootRun is { } root) yield return $"run.root_run = {Add(root, NpgsqlDbType.Uuid)}";
        if (query.CorrelationId is { } correlation) yield return $"run.correlation_id = {Add(correlation, NpgsqlDbType.Text)}";
        if (query.Text.Length > 0)
        {
            var part = Add($"%{Escape(query.Text)}%", NpgsqlDbType.Text);
            yield return $"(run.id::text like {part} or run.definition_id ilike {part} or run.definition_name ilike {part} or run.run_name ilike {part})";
        }
        if (query.HasFaults is { } hasFaults) yield return $"{Faults} {(hasFaults ? ">" : "=")} 0";
        var comparison = query.IsDescending ? "<" : ">";
        if (query.After is var (key, id))
        {
            var place = $"{Add(key.ToUniversalTime(), NpgsqlDbType.TimestampTz)}, {Add(id, NpgsqlDbType.Uuid)}";
            yield return $"({Key}, run.id) {comparison} ({place})";
        }
        if (query.AfterRun is { } run)
            yield return $"({Key}, run.id) {comparison} (select {Key}, run.id from orchestrator.run where run.id = {Add(run, NpgsqlDbType.Uuid)})";
    }

    string Add(object value, NpgsqlDbType type)
    {
        values.Add((value, type));
        return $"${values.Count}";
    }

    static string Escape(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal)
        .Replace("_", @"\_", StringComparison.Ordinal);

    static string KeyOf(RunOrder order) => order switch
    {
        RunOrder.Created => "run.created_at",
        RunOrder.Finished => "coalesce(run.finished_at, 'infinity')",
        RunOrder.Partition => "coalesce(run.partition::timestamp at time zone 'UTC', 'infinity')",
        RunOrder.Changed => "coalesce(run.finished_at, run.started_at, run.created_at)",
        RunOrder.Name => "run.definition_name",
        _ => throw new ArgumentOutOfRangeException(nameof(order), order, "There is no such order."),
    };
}
