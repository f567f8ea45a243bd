using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Orchestrator.Spark.Parquet;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Writes rows as PostgreSQL's binary COPY format, from DuckDB's vectors straight into buffers.</summary>
/// <remarks>
/// The format: https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format"; numeric: <c>numeric_recv</c> in numeric.c.
/// </remarks>
/// <param name="table">The table whose rows are written.</param>
public sealed unsafe class CopyEncoder(WarehouseTable table)
{
    // PostgreSQL counts days from 2000-01-01, DuckDB from 1970-01-01.
    const int DaysFrom1970To2000 = 10_957;

    readonly ColumnKind[] kinds = [.. table.Columns.Select(column => column.Kind)];
    readonly int[] scales = [.. table.Columns.Select(column => column.Scale)];
    readonly int moneyColumn = table.MoneyColumn is { } money ? table.Columns.ToList().FindIndex(column => column.Name == money) : -1;

    // The longest a row gets without its texts: 2 bytes for the number of fields, 4 for each length, up to 28 for a value.
    readonly int fixedBytes = 2 + (32 * table.Columns.Count);

    /// <summary>Signature, flags and an empty header extension.</summary>
    public static ReadOnlySpan<byte> Header =>
    [
        (byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xff, (byte)'\r', (byte)'\n',
        0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>The mark behind the last row.</summary>
    public static ReadOnlySpan<byte> Trailer => [0xff, 0xff];

    /// <summary>Rows written.</summary>
    public long Rows { get; private set; }

    /// <summary>Sum of the money column in its smallest unit.</summary>
    public Int128 Money { get; private set; }

    /// <summary>Writes rows until the chunk or the buffer ends.</summary>
    /// <param name="vectors">The chunk's columns.</param>
    /// <param name="row">The first row to write.</param>
    /// <param name="rows">Rows in the chunk.</param>
    /// <param name="buffer">Where to write.</param>
    /// <param name="written">Bytes written.</param>
    /// <returns>The first row that was not written; equal to <paramref name="rows"/> where all were.</returns>
    public int Encode(ColumnVector[] vectors, int row, int rows, Span<byte> buffer, out int written)
    {
        var first = row;
        var money = 0L;
        fixed (byte* start = buffer)
        {
            var target = start;
            var end = start + buffer.Length;
            for (; row < rows && end - target >= fixedBytes + TextBytes(vectors, row); row++)
            {
                WriteInt16(ref target, (short)kinds.Length);
                for (var column = 0; column < kinds.Length; column++)
                {
                    if (vectors[column].IsNull(row)) WriteInt32(ref target, -1);
                    else WriteValue(ref target, kinds[column], scales[column], vectors[column], row);
                }
                // A chunk has 2 048 rows: they overflow a long only beyond 45 million million a row, and then say so.
                if (moneyColumn >= 0 && !vectors[moneyColumn].IsNull(row)) money = checked(money + ((long*)vectors[moneyColumn].Data)[row]);
            }
            written = (int)(target - start);
        }
        Rows += row - first;
        Money += money;
        return row;
    }

    /// <summary>Writes a scaled whole number as a value of type numeric, without its length.</summary>
    /// <param name="value">The number times ten to the power of <paramref name="scale"/>.</param>
    /// <param name="scale">Digits behind the point, 0 to 16.</param>
    /// <param name="target">At least 28 bytes; moved behind what was written.</param>
    public static void WriteNumeric(long value, int scale, ref byte* target)
    {
        // Digits are in base 10 000, in groups of four to both sides of the point.
        var magnitude = value < 0 ? 0UL - (ulong)value : (ulong)value;
        var unit = PowersOfTen[scale];
        var (whole, fraction) = Math.DivRem(magnitude, unit);
        var fractionGroups = (scale + 3) / 4;
        fraction *= PowersOfTen[(fractionGroups * 4) - scale];

        var wholeGroups = 0;
        for (var rest = whole; rest > 0; rest /= 10_000) wholeGroups++;
        WriteInt16(ref target, (short)(wholeGroups + fractionGroups));
        WriteInt16(ref target, (short)(wholeGroups - 1));
        WriteInt16(ref target, value < 0 ? (short)0x4000 : (short)0);
        WriteInt16(ref target, (short)scale);
        WriteGroups(target, whole, wholeGroups);
        target += 2 * wholeGroups;
        WriteGroups(target, fraction, fractionGroups);
        target += 2 * fractionGroups;
    }

    static ReadOnlySpan<ulong> PowersOfTen =>
    [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000,
        10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000, 100_000_000_000_000_000,
        1_000_000_000_000_000_000,
    ];

    static void WriteGroups(byte* target, ulong value, int groups)
    {
        for (var group = groups - 1; group >= 0; group--)
        {
            (value, var digits) = Math.DivRem(value, 10_000UL);
            Unsafe.WriteUnaligned(target + (2 * group), BinaryPrimitives.ReverseEndianness((short)digits));
        }
    }

    static void WriteValue(ref byte* target, ColumnKind kind, int scale, in ColumnVector vector, int row)
    {
        var data = vector.Data;
        switch (kind)
        {
            case ColumnKind.Flag:
                WriteInt32(ref target, 1);
                *target++ = data[row];
                break;
            case ColumnKind.Whole:
                WriteInt32(ref target, 4);
                WriteInt32(ref target, ((int*)data)[row]);
                break;
            case ColumnKind.BigWhole:
                WriteInt32(ref target, 8);
                Unsafe.WriteUnaligned(target, BinaryPrimitives.ReverseEndianness(((long*)data)[row]));
                target += 8;
                break;
            case ColumnKind.Day:
                WriteInt32(ref target, 4);
                WriteInt32(ref target, ((int*)data)[row] - DaysFrom1970To2000);
                break;
            case ColumnKind.Text:
                var text = vector.TextAt(row);
                WriteInt32(ref target, text.Length);
                text.CopyTo(new(target, text.Length));
                target += text.Length;
                break;
            case ColumnKind.Exact:
                var length = target;
                target += 4;
                WriteNumeric(((long*)data)[row], scale, ref target);
                WriteInt32(ref length, (int)(target - length - 4));
                break;
        }
    }

    int TextBytes(ColumnVector[] vectors, int row)
    {
        var bytes = 0;
        for (var column = 0; column < kinds.Length; column++)
            if (kinds[column] is ColumnKind.Text && !vectors[column].IsNull(row)) bytes += vectors[column].TextAt(row).Length;
        return bytes;
    }

    static void WriteInt16(ref byte* target, short value)
    {
        Unsafe.WriteUnaligned(target, BinaryPrimitives.ReverseEndianness(value));
        target += 2;
    }

    static void WriteInt32(ref byte* target, int value)
    {
        Unsafe.WriteUnaligned(target, BinaryPrimitives.ReverseEndianness(value));
        target += 4;
    }
}
