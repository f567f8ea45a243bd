using System.Collections.Immutable;
using System.Globalization;
using Apache.Arrow;
using Microsoft.Extensions.Logging;
using Orchestrator.Spark.Connect.Protocol;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>
/// A session of <see cref="SparkConnectEngine"/>. Views live here and travel with the queries that read them, and so do the files; the
/// server has kept rows only, which are computed when a query first needs them. So a query can be asked anew of a server that has lost
/// everything, or by another process.
/// </summary>
sealed partial class SparkConnectSession(
    SparkClient client, IFileStaging staging, SparkConnectOptions options, SqlSessionContext context, TimeProvider time, ILogger log)
        : ISqlSession
{
    // A server ends a session that nobody has used for an hour.
    const int MostEnded = 24;

    static readonly Dictionary<string, object?> NoParameters = [];

    readonly SemaphoreSlim renewal = new(1);
    readonly SqlWriteLog writes = new(context);
    ImmutableDictionary<string, SparkView> views = ImmutableDictionary.Create<string, SparkView>(StringComparer.OrdinalIgnoreCase);
    SparkServerSession session = new(client, "");
    string application = "";
    int executions;

    public string Engine { get; private set; } = "Spark";

    /// <summary>Id of the session on the server.</summary>
    public string ServerSession => session.Id;

    /// <summary>
    /// Begins the session on the server: the one that an earlier process had for the same work, where it is still there; else that of the
    /// day.
    /// </summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (context.Earlier is null || !await HasBegunAsync(context.Earlier.Session, cancellationToken))
            await BeginAsync(cancellationToken);
    }

    public Task CreateViewAsync(string view, IReadOnlyList<Uri> files, IReadOnlyList<SqlColumn> columns,
        CancellationToken cancellationToken)
    {
        Name(view, files.Count > 0 ? SparkView.Of(TableOf(files, columns)) : new(SparkPlans.Nothing(columns), []));
        return Task.CompletedTask;
    }

    public Task CreateMonthlyViewAsync(string view, IReadOnlyList<MonthFiles> months, IReadOnlyList<SqlColumn> columns,
        CancellationToken cancellationToken)
    {
        var parts = months.Where(month => month.Files.Count > 0).Select(month => (month.Month, Table: TableOf(month.Files, columns)))
            .ToList();
        var sql = string.Join("\nunion all\n",
            parts.Select(part => $"select date '{part.Month:yyyy-MM-dd}' as month, * from {part.Table.Name}"));
        Name(view, parts.Count > 0 ? new(sql, [.. parts.Select(part => part.Table)])
            : new(SparkPlans.Nothing([new("month", "date"), .. columns]), []));
        return Task.CompletedTask;
    }

    public Task DefineViewAsync(string view, string sql, CancellationToken cancellationToken)
    {
        Name(view, SparkView.Of(sql, views));
        return Task.CompletedTask;
    }

    public async Task MaterializeAsync(string table, string sql, IReadOnlyDictionary<string, object?> parameters,
        CancellationToken cancellationToken)
    {
        var view = SparkView.Of(sql, views);
        var rows = ServerTable.Of(SparkPlans.Query(view.Sql, parameters), isKept: true, view.Tables);
        await InSessionAsync((server, _) => RowsOfAsync(server, rows, cancellationToken), cancellationToken);
        Name(table, SparkView.Of(rows));
    }

    public async Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> QueryAsync(
        string sql, IReadOnlyDictionary<string, object?> parameters, CancellationToken cancellationToken)
    {
        var view = SparkView.Of(sql, views);
        var query = SparkPlans.Query(view.Sql, parameters);
        return await InSessionAsync(async (server, _) =>
        {
            var rows = new List<IReadOnlyDictionary<string, object?>>();
            var plan = new Plan { Root = await ResolveAsync(server, query, view.Tables, cancellationToken) };
            await ExecuteAsync(server, "query", NewId(), plan, batch => ArrowRows.AddTo(rows, batch), cancellationToken);
            return rows;
        }, cancellationToken);
    }

    /// <summary>Executes a query of many rows over the server's own tables, which are taken as they come.</summary>
    /// <param name="take">Given each record batch, which is disposed afterwards; a failure voids those before.</param>
    public Task ReadAsync(string sql, Action<RecordBatch> take, CancellationToken cancellationToken) =>
        InSessionAsync((server, _) => ExecuteAsync(
            server, "query", NewId(), new Plan { Root = SparkPlans.Query(sql, NoParameters) }, take, cancellationToken), cancellationToken);

    public async Task<WrittenTable> WriteAsync(
        string sql, IReadOnlyDictionary<string, object?> parameters, Uri target, CancellationToken cancellationToken)
    {
        var view = SparkView.Of(sql, views);
        var query = SparkPlans.Query(view.Sql, parameters);
        var key = SparkPlans.Fingerprint(query);
        if (writes.Find(key) is { } earlier)
        {
            if (earlier.Written is { } written) return written;
            if (await GoOnAsync(earlier, cancellationToken) is { } found) return await writes.EndAsync(earlier, found);
        }
        return await InSessionAsync(async (server, execution) =>
        {
            var folder = execution == 0
                ? target : new Uri(string.Create(CultureInfo.InvariantCulture, $"{target.AbsoluteUri.TrimEnd('/')}-{NextExecution()}/"));
            var write = new SqlWrite(key, NewId(), folder, null);
            var rows = await ResolveAsync(server, query, view.Tables, cancellationToken);
            await writes.BeginAsync(server.Id, write, cancellationToken);
            var progress = await ExecuteAsync(
                server, "write", write.Operation, SparkPlans.Write(write.Operation, rows, folder, options.RowsPerFile), static _ => { },
                cancellationToken);
            return await writes.EndAsync(write, await SealAsync(folder, progress, cancellationToken) ?? throw NotFound(folder));
        }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await session.EndAsync();
        renewal.Dispose();
        writes.Dispose();
    }

    void Name(string view, SparkView query) => ImmutableInterlocked.AddOrUpdate(ref views, view, query, (_, _) => query);

    string NewId() => Guid.CreateVersion7(time.GetUtcNow()).ToString();

    // Two tables of one attempt never share a folder, so that what an execution left behind is not met by the next.
    int NextExecution() => Interlocked.Increment(ref executions) + 1;

    /// <summary>
    /// Begins a session that other attempts have as well, by our settings and the day; another one where the server has ended that.
    /// </summary>
    async Task BeginAsync(CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        for (var ended = 0; ended < MostEnded; ended++)
            if (await HasBegunAsync(SparkSettings.SessionOf(client.Address, options, today, ended), cancellationToken)) return;
        await HasBegunAsync(NewId(), cancellationToken);
    }

    /// <returns>False if the server has ended it, and takes it for ended from now on.</returns>
    async Task<bool> HasBegunAsync(string id, CancellationToken cancellationToken)
    {
        var begun = new SparkServerSession(client, id);
        try
        {
            await begun.ConfigureAsync(SparkSettings.Of(options), cancellationToken);
            var (reading, version) = (begun.ReadAsync("spark.app.id", cancellationToken), begun.ReadVersionAsync(cancellationToken));
            application = await reading;
            Engine = $"Spark {await version}, application {application}";
            session = begun;
            return true;
        }
        catch (SparkFault fault) when (fault.Kind is SparkFaultKind.SessionLost)
        {
            return false;
        }
    }

    /// <summary>Does work in the session; where it was lost meanwhile, does it once more in a new one.</summary>
    /// <param name="work">Given the session and how often it was done before.</param>
    async Task<T> InSessionAsync<T>(Func<SparkServerSession, int, Task<T>> work, CancellationToken cancellationToken)
    {
        var server = session;
        try
        {
            try
            {
                return await work(server, 0);
            }
            catch (SparkFault fault) when (fault.IsLost || fault.Kind is SparkFaultKind.TakenOver)
            {
                // A server that ends a session cuts off its queries with the same words.
                if (fault.Kind is SparkFaultKind.TakenOver && await server.IsThereAsync(cancellationToken)) throw;
                LogLost(client.Address, fault.Message);
                await RenewAsync(server, cancellationToken);
                return await work(session, 1);
            }
        }
        catch (SparkFault fault)
        {
            throw SparkFaults.Translate(fault, client);
        }
    }

    async Task RenewAsync(SparkServerSession lost, CancellationToken cancellationToken)
    {
        await renewal.WaitAsync(cancellationToken);
        try
        {
            // Of several queries that lost it at once, the first begins the new one.
            if (session != lost) return;
            await BeginAsync(cancellationToken);
        }
        finally
        {
            renewal.Release();
        }
    }

    static ServerTable TableOf(IReadOnlyList<Uri> files, IReadOnlyList<SqlColumn> columns) =>
        ServerTable.Of(SparkPlans.Files(files, columns), isKept: false, []);

    /// <summary>A query as the server takes it, with the tables that it reads; those that are kept are computed by then.</summary>
    async Task<Relation> ResolveAsync(SparkServerSession server, Relation query, IReadOnlyList<ServerTable> tables,
        CancellationToken cancellationToken) => SparkPlans.Over(
        query, await Task.WhenAll(tables.Select(async table => (table.Name, await RowsOfAsync(server, table, cancellationToken)))),
        Guid.CreateVersion7(time.GetUtcNow()).ToString("n"));

    async Task<Relation> RowsOfAsync(SparkServerSession server, ServerTable table, CancellationToken cancellationToken) =>
        !table.IsKept ? table.Rows : new()
        {
            CachedRemoteRelation = await server.KeptAsync(table.Name, async () =>
            {
                var rows = await ResolveAsync(server, table.Rows, table.Reads, cancellationToken);
                return (await ExecuteAsync(server, "keep", NewId(), SparkPlans.Keep(rows), static _ => { }, cancellationToken)).Kept!;
            }),
        };

    async Task<OperationProgress> ExecuteAsync(
        SparkServerSession server, string kind, string id, Plan? plan, Action<RecordBatch> take, CancellationToken cancellationToken)
    {
        using var span = SparkTelemetry.Start(kind, id, application);
        var progress = new OperationProgress(id);
        try
        {
            await new SparkOperation(client, server, id, time).FollowAsync(plan, answer =>
            {
                if (answer.ResponseTypeCase is ExecutePlanResponse.ResponseTypeOneofCase.ArrowBatch)
                {
                    using var batch = ArrowRows.Read(answer.ArrowBatch.Data);
                    take(batch);
                }
                if (progress.Take(answer) is { } far) context.OnProgress(far);
            }, cancellationToken);
            return progress;
        }
        catch (Exception error)
        {
            span.Fail(error);
            throw;
        }
        finally
        {
            span.Took(progress);
        }
    }

    /// <summary>Goes on with a table that an earlier process had begun.</summary>
    /// <returns>What came out; <see langword="null"/> if that is gone, and the table is to be written anew.</returns>
    async Task<WrittenTable?> GoOnAsync(SqlWrite earlier, CancellationToken cancellationToken)
    {
        try
        {
            var progress = await ExecuteAsync(
                new(client, writes.EarlierSession!), "write", earlier.Operation, plan: null, static _ => { }, cancellationToken);
            var written = await SealAsync(earlier.Target, progress, cancellationToken);
            if (written is not null) LogWentOn(earlier.Operation);
            return written;
        }
        catch (SparkFault fault)
        {
            LogGone(earlier.Operation, fault.Message);
            return null;
        }
    }

    async Task<WrittenTable?> SealAsync(Uri folder, OperationProgress progress, CancellationToken cancellationToken)
    {
        if (await staging.SealAsync(folder, cancellationToken) is not { } addresses) return null;
        var table = await WrittenFiles.DescribeAsync(
            addresses, staging, Directory.CreateDirectory(context.ScratchDirectory).FullName, cancellationToken);
        if (progress.Rows is { } counted && counted != table.Rows)
            throw new SqlEngineException("sql.io_failed",
                $"Spark wrote {counted} rows into {folder}, but its files have {table.Rows}. Nothing of it was published; run the " +
                "activity again.", isRetryable: true);
        // Spark tells of a query every two seconds: of one that was faster it may have said nothing.
        return progress.Stages == 0 ? table
            : table with
            {
                Figures = new Dictionary<string, decimal>(
            StringComparer.Ordinal)
                { ["spark.stages"] = progress.Stages, ["spark.tasks"] = progress.Tasks }
            };
    }

    SqlEngineException NotFound(Uri folder) => new("spark.store_not_shared",
        $"Spark at {client.Address} says that it wrote {folder}, but there is no _SUCCESS in it here. A store in a folder has to be the " +
        "same folder, under the same path, " +
        "on this machine, the Spark server and its workers; else take a store on S3.", isRetryable: false);

    [LoggerMessage(3001, LogLevel.Warning, "The Spark Connect server at {Address} lost the session: {Reason} The query is executed anew " +
        "in a new one.")]
    partial void LogLost(SparkAddress address, string reason);

    [LoggerMessage(3002, LogLevel.Information, "Went on with Spark's operation {Operation}, which an earlier process had begun.")]
    partial void LogWentOn(string operation);

    [LoggerMessage(3003, LogLevel.Information, "Spark's operation {Operation}, which an earlier process had begun, cannot be gone on " +
        "with: {Reason} It is executed anew.")]
    partial void LogGone(string operation, string reason);
}
