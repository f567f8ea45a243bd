using System.Runtime.InteropServices;
using System.Threading.Channels;
using Npgsql;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Parquet;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Streams Parquet files into a table of PostgreSQL: one thread decodes and encodes while the other sends.</summary>
/// <param name="table">What the rows are.</param>
/// <param name="options">Sizes.</param>
public sealed class TableCopy(WarehouseTable table, LoadOptions options)
{
    /// <summary>Copies all rows.</summary>
    /// <param name="connection">Inside the transaction that created the target, which lets PostgreSQL skip the WAL and freeze the
    /// rows.</param>
    /// <param name="target">Name of the target in the schema <c>sales</c>.</param>
    /// <param name="files">Local Parquet files.</param>
    /// <param name="progress">Told the rows and bytes sent so far.</param>
    public Task<CopiedRows> RunAsync(
        NpgsqlConnection connection, string target, IReadOnlyList<string> files, Action<CopiedRows> progress,
        CancellationToken cancellationToken) =>
        ActivitiesTelemetry.InAsync(ActivitiesTelemetry.StartCopy(table.Name), async span =>
        {
            var copied = await CopyAsync(connection, target, files, progress, cancellationToken);
            span.Wrote(copied.Rows, copied.Bytes);
            return copied;
        });

    async Task<CopiedRows> CopyAsync(
        NpgsqlConnection connection, string target, IReadOnlyList<string> files, Action<CopiedRows> progress,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var free = Channel.CreateUnbounded<byte[]>();
        var full = Channel.CreateUnbounded<EncodedRows>();
        for (var buffer = 0; buffer < options.CopyBuffers; buffer++)
            free.Writer.TryWrite(GC.AllocateUninitializedArray<byte>(options.CopyBufferBytes));

        var encoding = Task.Run(() => EncodeAsync(files, free.Reader, full.Writer, stop.Token), cancellationToken);
        var sent = new CopiedRows(0, 0, 0);
        var columns = string.Join(", ", table.Columns.Select(column => column.Name));
        await using var stream = await connection.BeginRawBinaryCopyAsync(
            $"copy sales.{target} ({columns}) from stdin (format binary, freeze)", cancellationToken);
        try
        {
            await foreach (var rows in full.Reader.ReadAllAsync(cancellationToken))
            {
                await stream.WriteAsync(rows.Buffer.AsMemory(0, rows.Length), cancellationToken);
                free.Writer.TryWrite(rows.Buffer);
                sent = new(rows.RowsSoFar, rows.MoneySoFar, sent.Bytes + rows.Length);
                progress(sent);
            }
            await encoding;
            return sent;
        }
        catch
        {
            // Disposing the stream would complete the COPY with the rows sent so far.
            await stop.CancelAsync();
            await CancelAsync(stream);
            await Task.WhenAny(encoding);
            throw;
        }
    }

    async Task EncodeAsync(
        IReadOnlyList<string> files, ChannelReader<byte[]> free, ChannelWriter<EncodedRows> full, CancellationToken cancellationToken)
    {
        try
        {
            using var source = ParquetRows.Open([.. table.Columns.Select(column => new SqlColumn(column.Name, column.SqlType))], files);
            var encoder = new CopyEncoder(table);
            var buffer = await free.ReadAsync(cancellationToken);
            CopyEncoder.Header.CopyTo(buffer);
            var used = CopyEncoder.Header.Length;
            while (source.Next() is > 0 and var rows)
            {
                for (var row = 0; row < rows;)
                {
                    row = encoder.Encode(source.Vectors, row, rows, buffer.AsSpan(used), out var written);
                    used += written;
                    if (row == rows) break;
                    if (used == 0) throw RowTooLong(buffer.Length);
                    full.TryWrite(new(buffer, used, encoder.Rows, encoder.Money));
                    buffer = await free.ReadAsync(cancellationToken);
                    used = 0;
                }
            }
            if (buffer.Length - used < CopyEncoder.Trailer.Length)
            {
                full.TryWrite(new(buffer, used, encoder.Rows, encoder.Money));
                buffer = await free.ReadAsync(cancellationToken);
                used = 0;
            }
            CopyEncoder.Trailer.CopyTo(buffer.AsSpan(used));
            full.TryWrite(new(buffer, used + CopyEncoder.Trailer.Length, encoder.Rows, encoder.Money));
            full.Complete();
        }
        catch (LocalDatabaseException error)
        {
            full.Complete(Unreadable(error));
        }
        catch (Exception exception)
        {
            // The border of the encoding thread: the sender rethrows it.
            full.Complete(exception);
            throw;
        }
    }

    ActivityFailedException RowTooLong(int limit) => new("load.value_rejected",
        $"A row for sales.{table.Name} is longer than {limit} bytes. Codes and names must be shorter; correct them at their source.",
        isRetryable: false);

    ActivityFailedException Unreadable(LocalDatabaseException error)
    {
        var columns = string.Join(", ", table.Columns.Select(column => $"{column.Name} {column.SqlType}"));
        if (error.Fault is LocalDatabaseFault.Columns) return new("load.wrong_columns",
            $"The files of asset '{table.Source}' do not have the columns of sales.{table.Name}: {columns}. " +
            "Build the asset again with a model that gives them.", isRetryable: false);
        if (error.Fault is LocalDatabaseFault.Value) return new("load.value_rejected",
            $"A value in the files of asset '{table.Source}' does not fit its column of sales.{table.Name}: {columns}. " +
            "Build the asset again with a model that gives these types.", isRetryable: false);
        return new("load.unreadable_file",
            $"The files of asset '{table.Source}' cannot be read: {error.Message.Split('\n')[0].TrimEnd('.')}. Build the asset again.",
            isRetryable: false);
    }

    static async Task CancelAsync(NpgsqlRawCopyStream stream)
    {
        try
        {
            await stream.CancelAsync();
        }
        catch (Exception exception) when (
            exception is NpgsqlException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is gone, and the COPY with it: the exception that led here says why.
        }
    }

    [StructLayout(LayoutKind.Auto)]
    readonly record struct EncodedRows(byte[] Buffer, int Length, long RowsSoFar, Int128 MoneySoFar);
}

/// <summary>Rows and bytes sent to a table.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Money">Sum of the money column in its smallest unit; 0 if there is none.</param>
/// <param name="Bytes">Bytes of the binary format.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CopiedRows(long Rows, Int128 Money, long Bytes);
