using System.Diagnostics;
using Amazon.Runtime;
using SpanKind = System.Diagnostics.ActivityKind;

namespace Orchestrator.Activities;

/// <summary>
/// Spans of this assembly, below those of attempts: one for each model that is computed, table that is copied, asset that is uploaded. They
/// say how much, never what: no rows, no statements, no parameters, no messages.
/// </summary>
static class ActivitiesTelemetry
{
    static readonly ActivitySource Source = new("Orchestrator.Activities");

    /// <summary>A model is computed by the engine.</summary>
    public static Span? StartModel(string model) =>
        Source.StartActivity($"sql {model}", SpanKind.Client)?.SetTag("orchestrator.model", model);

    /// <summary>Rows go into a table of the warehouse.</summary>
    public static Span? StartCopy(string table) => StartWarehouse("copy", table);

    /// <summary>Indexes of a table of the warehouse are built.</summary>
    public static Span? StartIndexes(string table) => StartWarehouse("index", table);

    /// <summary>The staged tables of a month take the place of what readers see.</summary>
    public static Span? StartSwap() => Source.StartActivity("swap", SpanKind.Client)?.SetTag("db.system.name", "postgresql");

    /// <summary>A query of the business is measured.</summary>
    public static Span? StartMeasure(string query) =>
        Source.StartActivity($"measure {query}", SpanKind.Client)?.SetTag("db.system.name", "postgresql")
            .SetTag("orchestrator.query", query);

    /// <summary>The files of an asset go into the object store.</summary>
    public static Span? StartUpload(string asset) => Source.StartActivity($"upload {asset}")?.SetTag("orchestrator.asset", asset);

    /// <summary>A file goes into the object store.</summary>
    public static Span? StartStore() => Source.StartActivity("store", SpanKind.Client);

    /// <summary>
    /// A request to S3, by the conventions for calls of AWS's API: https://opentelemetry.io/docs/specs/semconv/object-stores/s3/.
    /// </summary>
    /// <param name="key">The whole key in the bucket.</param>
    /// <param name="tries">1 for the first time that it is sent.</param>
    public static Span? StartS3(string operation, string bucket, string? key, int tries)
    {
        var span = Source.StartActivity($"S3.{operation}", SpanKind.Client)?
            .SetTag("rpc.system", "aws-api").SetTag("rpc.service", "S3").SetTag("rpc.method", operation).SetTag("aws.s3.bucket", bucket);
        if (key is not null) span?.SetTag("aws.s3.key", key);
        if (tries > 1) span?.SetTag("http.request.resend_count", tries - 1);
        return span;
    }

    static Span? StartWarehouse(string operation, string table) => Source.StartActivity($"{operation} {table}", SpanKind.Client)?
        .SetTag("db.system.name", "postgresql").SetTag("db.operation.name", operation).SetTag("db.collection.name", $"sales.{table}");

    extension(Span? span)
    {
        /// <summary>The amount written.</summary>
        public void Wrote(long? rows, long bytes)
        {
            if (rows is { } count) span?.SetTag("orchestrator.rows", count);
            span?.SetTag("orchestrator.bytes", bytes);
        }

        /// <summary>Records the answer of S3.</summary>
        public void Answered(AmazonWebServiceResponse? answer)
        {
            if (answer is null) return;
            span?.SetTag("http.response.status_code", (int)answer.HttpStatusCode)
                .SetTag("aws.request_id", answer.ResponseMetadata?.RequestId);
        }

        /// <summary>Records the error that S3 answered.</summary>
        public void Answered(AmazonServiceException? answer)
        {
            if (answer is null || (int)answer.StatusCode == 0) return;
            span?.SetTag("http.response.status_code", (int)answer.StatusCode).SetTag("aws.request_id", answer.RequestId)
                .SetTag("aws.error_code", answer.ErrorCode);
        }

        /// <summary>Marks a span as failed: <c>error.type</c> is our code, or the type of the exception if it has no code yet.</summary>
        public void Fail(Exception exception)
        {
            if (span is null) return;
            var code = (exception as ActivityFailedException)?.Code ?? exception.GetType().FullName;
            span.SetTag("error.type", code).SetStatus(ActivityStatusCode.Error, code);
        }
    }

    /// <summary>Does something in a span, which then says how it ended.</summary>
    public static async Task<T> InAsync<T>(Span? span, Func<Span?, Task<T>> action)
    {
        using (span)
        {
            try
            {
                return await action(span);
            }
            catch (Exception exception)
            {
                span.Fail(exception);
                throw;
            }
        }
    }
}
