using Google.Protobuf;
using Grpc.Core;
using Orchestrator.Spark.Connect.Protocol;
using Orchestrator.Spark.DuckDb;
using Status = Orchestrator.Spark.Connect.Protocol.Status;

namespace Orchestrator.Spark.Connect;

/// <summary>Reads the errors of calls, and says them in our codes.</summary>
static class SparkFaults
{
    const string DetailsTrailer = "grpc-status-details-bin";
    const string S3Settings =
        "The Spark server needs its own access to the bucket: spark.hadoop.fs.s3a.endpoint, spark.hadoop.fs.s3a.endpoint.region, " +
        "spark.hadoop.fs.s3a.path.style.access=true where the server is not AWS's, and spark.hadoop.fs.s3a.access.key with " +
        "spark.hadoop.fs.s3a.secret.key " +
        "or another spark.hadoop.fs.s3a.aws.credentials.provider, with hadoop-aws and the AWS SDK among its jars. Set them where it is " +
        "started, then start it again.";

    // Spark's own exceptions for queries and values, and those of Java that it derives them from; many have a class without meaning.
    static readonly string[] QueryTypes =
    [
        "AnalysisException", "ParseException", "SparkArithmeticException", "SparkDateTimeException", "SparkNumberFormatException",
        "SparkIllegalArgumentException", "SparkUnsupportedOperationException", "SparkArrayIndexOutOfBoundsException",
        "SparkNoSuchElementException", "ArithmeticException", "DateTimeException", "NumberFormatException", "ClassCastException",
    ];

    // A file that is not there, or is of another kind than expected, is so the next time too.
    static readonly string[] Lasting =
    [
        "FAILED_READ_FILE.FILE_NOT_EXIST", "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
        "FAILED_READ_FILE.UNSUPPORTED_FILE_SYSTEM",
    ];

    static readonly TimeSpan DetailsWithin = TimeSpan.FromSeconds(2);

    /// <summary>Reads an error, and asks the server for the whole of it.</summary>
    public static async Task<SparkFault> FromAsync(
        RpcException error, SparkClient client, string session, CancellationToken cancellationToken)
    {
        if (InfoOf(error) is not { } info) return WithoutDetails(error);
        var errorClass = info.Metadata.GetValueOrDefault("errorClass");
        var kind = KindOf(errorClass, error.Status.Detail);
        if (kind is not SparkFaultKind.Query)
            return new(kind, FirstLine(error.Status.Detail), error)
            {
                ErrorClass = errorClass,
                SqlState = info.Metadata.GetValueOrDefault("sqlState"), Types = [info.Reason]
            };
        var details = info.Metadata.TryGetValue("errorId", out var id) ? await DetailsAsync(id, client, session, cancellationToken) : null;
        var chain = ChainOf(details);
        var told = chain.Select(link => link.SparkThrowable).FirstOrDefault(throwable => throwable?.HasErrorClass is true);
        errorClass ??= told?.ErrorClass;
        return new(KindOf(errorClass, error.Status.Detail), FirstLine(chain is [var first, ..] ? first.Message : error.Status.Detail),
            error)
        {
            ErrorClass = errorClass,
            SqlState = info.Metadata.GetValueOrDefault("sqlState") ?? (told?.HasSqlState is true ? told.SqlState : null),
            Fragment = chain.SelectMany(link => link.SparkThrowable?.QueryContexts ?? []).Select(context => context.Fragment)
                .FirstOrDefault(fragment => fragment.Length > 0),
            Types = [info.Reason, .. chain.SelectMany(link => link.ErrorTypeHierarchy)],
            CauseClasses = [.. chain.Skip(1).Where(link => link.SparkThrowable?.HasErrorClass is true)
                .Select(link => link.SparkThrowable.ErrorClass)],
            Causes = [.. chain.Skip(1).Select(link => FirstLine(link.Message)).Where(text => text.Length > 0)],
        };
    }

    /// <summary>Translates a fault into our codes.</summary>
    public static SqlEngineException Translate(SparkFault fault, SparkClient client) => fault switch
    {
        { Kind: SparkFaultKind.Unreachable } => new("spark.unreachable",
            $"The Spark Connect server at {client.Address} did not answer for {client.Outage.TotalSeconds:0} s: {Sentence(fault.Message)} " +
            $"Start it, or correct the address in --spark{(client.Address.UsesTls ? "; a server without TLS needs ';use_ssl=false' there" : "")}.",
            isRetryable: true, fault),
        { IsLost: true } => new("spark.session_lost",
            $"The Spark Connect server at {client.Address} lost the session twice while it worked on a query: {Sentence(fault.Message)} " +
            "Look at its log for why it restarts.", isRetryable: true, fault),
        { Kind: SparkFaultKind.TakenOver } => new("spark.taken_over",
            $"Another process took over the query on {client.Address}. Nothing was changed; it goes on there.", isRetryable: true, fault),
        { Kind: SparkFaultKind.Interrupted } =>
            new("sql.cancelled", "The query was interrupted before it ended.", isRetryable: true, fault),
        { Kind: SparkFaultKind.Denied } => new("spark.access_denied",
            $"The Spark Connect server at {client.Address} refused the call: {Sentence(fault.Message)} Give its token with ';token=…' " +
            "in --spark.", isRetryable: false, fault),
        { Kind: SparkFaultKind.Stranger } => new("spark.unreachable",
            $"What answers at {client.Address} is no Spark Connect server: {Sentence(fault.Message)} Correct the address in --spark.",
            isRetryable: false, fault),
        { Kind: SparkFaultKind.TooLarge } => new("spark.message_too_large",
            $"A message is larger than the {client.MessageSizeMiB} MiB that one may have: {Sentence(fault.Message)} Raise " +
            $"{SparkConnectOptions.Section}:{nameof(SparkConnectOptions.MessageSizeMiB)}, and spark.connect.grpc.maxInboundMessageSize " +
            "of the server.", isRetryable: false, fault),
        _ => OfQuery(fault),
    };

    internal static SqlEngineException OfQuery(SparkFault fault)
    {
        var near = fault.Fragment is { } fragment ? $" At: {Shortened(fragment)}" : "";
        var why = fault.Causes.Count > 0 && fault.Causes[^1] != fault.Message ? $" Cause: {Sentence(fault.Causes[^1])}" : "";
        var said = $"{Sentence(WithClass(fault))}{why}{near}";
        if (Has(fault, "AccessDeniedException", "NoAuthWithAWSException", "NoAwsCredentialsException", "UnknownStoreException",
                "UnsupportedFileSystemException", "S3AFileSystem", "s3a") && Says(fault, "s3a", "S3A"))
            return new("sql.no_access", $"Spark cannot use the object store: {said} {S3Settings}", isRetryable: false, fault);
        if (Has(fault, "OutOfMemoryError", "SparkOutOfMemoryError") || fault.ErrorClass is "UNABLE_TO_ACQUIRE_MEMORY")
            return new("sql.out_of_memory",
                $"Spark needs more memory than its driver or executors have: {said} Raise spark.driver.memory or spark.executor.memory.",
                isRetryable: false, fault);
        if (Says(fault, "No space left on device"))
            return new("sql.disk_full", $"A disk of Spark is full: {said} Free some space and run again.", isRetryable: false, fault);
        if (IsOfQuery(fault)) return new("sql.failed", $"The query failed: {said}", isRetryable: false, fault);
        if (fault.ErrorClass?.StartsWith("FAILED_READ_FILE", StringComparison.Ordinal) is true || fault.ErrorClass is "TASK_WRITE_FAILED"
            || Has(fault, "FetchFailedException", "ExecutorLost", "IOException"))
            return new("sql.io_failed", $"Spark could not read or write a file: {said}", isRetryable: true, fault);
        // Where Spark has no class for it, it is a failure inside Spark and not one of the query.
        return HasNoClass(fault.ErrorClass)
            ? new("sql.engine_broken", $"Spark failed inside: {said}", isRetryable: true, fault)
            : new("sql.failed", $"The query failed: {said}", isRetryable: false, fault);
    }

    /// <summary>
    /// Whether the query or its values are at fault, so that the same query fails again: the type says so, or a class of the error or of a
    /// cause of it. A value that cannot be converted while rows are written is the cause of a task that failed to write.
    /// </summary>
    static bool IsOfQuery(SparkFault fault) => fault.Types.Any(type => QueryTypes.Any(type.EndsWith))
        || Lasting.Any(prefix => fault.ErrorClass?.StartsWith(prefix, StringComparison.Ordinal) is true)
        || fault.SqlState is ['0', 'A', ..] or ['2', '1' or '2' or '3', ..] or ['4', '2', ..]
        || fault.CauseClasses.Any(cause => !HasNoClass(cause) && !cause.StartsWith("FAILED_READ_FILE", StringComparison.Ordinal)
            && cause is not "TASK_WRITE_FAILED");

    static bool HasNoClass(string? errorClass) => errorClass is null or "INTERNAL_ERROR"
        || errorClass.StartsWith("_LEGACY", StringComparison.Ordinal);

    static SparkFault WithoutDetails(RpcException error)
    {
        var detail = FirstLine(error.Status.Detail);
        return error switch
        {
            { StatusCode: StatusCode.Unauthenticated or StatusCode.PermissionDenied } => new(SparkFaultKind.Denied, detail, error),
            { StatusCode: StatusCode.Unimplemented } => new(SparkFaultKind.Stranger, detail, error),
            { StatusCode: StatusCode.ResourceExhausted } when detail.Contains("ENHANCE_YOUR_CALM", StringComparison.OrdinalIgnoreCase) =>
                new(SparkFaultKind.Unreachable, detail, error),
            { StatusCode: StatusCode.ResourceExhausted } => new(SparkFaultKind.TooLarge, detail, error),
            { StatusCode: StatusCode.Internal } when detail.Contains("stopped SparkContext", StringComparison.Ordinal) =>
                new(SparkFaultKind.SessionLost, detail, error),
            // A connection that breaks is reported with the exception of the transport.
            { StatusCode: StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.DeadlineExceeded } =>
                new(SparkFaultKind.Unreachable, Why(error), error),
            { StatusCode: StatusCode.Internal or StatusCode.Unknown } when error.Status.DebugException is not null =>
                new(SparkFaultKind.Unreachable, Why(error), error),
            _ => new(SparkFaultKind.Query, detail, error),
        };
    }

    static string Why(RpcException error) =>
        error.Status.DebugException is { } cause ? FirstLine(cause.GetBaseException().Message) : FirstLine(error.Status.Detail);

    static SparkFaultKind KindOf(string? errorClass, string message) => errorClass switch
    {
        "INVALID_HANDLE.SESSION_CHANGED" or "INVALID_HANDLE.SESSION_NOT_FOUND" or "INVALID_HANDLE.SESSION_CLOSED" =>
            SparkFaultKind.SessionLost,
        "INVALID_HANDLE.OPERATION_NOT_FOUND" or "INVALID_HANDLE.OPERATION_ABANDONED" or "INVALID_CURSOR.POSITION_NOT_AVAILABLE"
            or "INVALID_CURSOR.POSITION_NOT_FOUND" =>
            SparkFaultKind.OperationLost,
        "INVALID_CURSOR.DISCONNECTED" => SparkFaultKind.TakenOver,
        "OPERATION_CANCELED" => SparkFaultKind.Interrupted,
        // Kept rows went with the worker that had them.
        _ when message.Contains("CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND", StringComparison.Ordinal) => SparkFaultKind.SessionLost,
        null when message.Contains("stopped SparkContext", StringComparison.Ordinal)
            || message.Contains("SparkContext was shut down", StringComparison.Ordinal) => SparkFaultKind.SessionLost,
        _ => SparkFaultKind.Query,
    };

    static ErrorInfo? InfoOf(RpcException error)
    {
        if (error.Trailers.GetValueBytes(DetailsTrailer) is not { } bytes) return null;
        try
        {
            return Status.Parser.ParseFrom(bytes).Details.Where(detail => detail.Is(ErrorInfo.Descriptor))
                .Select(detail => detail.Unpack<ErrorInfo>()).FirstOrDefault();
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    static async Task<FetchErrorDetailsResponse?> DetailsAsync(
        string id, SparkClient client, string session, CancellationToken cancellationToken)
    {
        try
        {
            return await client.Calls.FetchErrorDetailsAsync(
                new() { SessionId = session, UserContext = client.User, ErrorId = id, ClientType = SparkClient.ClientType },
                client.With(cancellationToken).WithDeadline(client.After(DetailsWithin)));
        }
        catch (RpcException)
        {
            // What the status says has to do.
            return null;
        }
    }

    static List<FetchErrorDetailsResponse.Types.Error> ChainOf(FetchErrorDetailsResponse? details)
    {
        var chain = new List<FetchErrorDetailsResponse.Types.Error>();
        for (var at = details?.HasRootErrorIdx is true ? details.RootErrorIdx : -1; at >= 0 && at < details!.Errors.Count
            && chain.Count < details.Errors.Count;)
        {
            chain.Add(details.Errors[at]);
            at = chain[^1].HasCauseIdx ? chain[^1].CauseIdx : -1;
        }
        return chain;
    }

    static string WithClass(SparkFault fault)
    {
        var message = fault.Message;
        if (fault.ErrorClass is { } errorClass && !message.StartsWith($"[{errorClass}]", StringComparison.Ordinal))
            message = $"[{errorClass}] {message}";
        return fault.SqlState is { } state && !message.Contains("SQLSTATE", StringComparison.Ordinal)
            ? $"{message.TrimEnd('.', ' ')}. SQLSTATE: {state}" : message;
    }

    static bool Has(SparkFault fault, params string[] types) =>
        fault.Types.Any(type => types.Any(wanted => type.Contains(wanted, StringComparison.Ordinal))) || Says(fault, types);

    static bool Says(SparkFault fault, params string[] words) => words.Any(word =>
        fault.Message.Contains(word, StringComparison.Ordinal)
            || fault.Causes.Any(cause => cause.Contains(word, StringComparison.Ordinal)));

    static string Shortened(string fragment) =>
        fragment.ReplaceLineEndings(" ") is { Length: > 200 } text ? $"{text[..200]}…" : fragment.ReplaceLineEndings(" ");

    // What follows is the plan, which says little that the query does not.
    static string FirstLine(string text)
    {
        var line = text.AsSpan().Trim();
        if (line.IndexOf('\n') is var end and > 0) line = line[..end].TrimEnd();
        return line.TrimEnd(';').ToString();
    }

    static string Sentence(string text) => text.EndsWith('.') ? text : $"{text}.";
}
