using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Google.Protobuf;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>Rows out of the record batches that Spark sends.</summary>
static class ArrowRows
{
    /// <summary>The record batch of one message; the caller disposes it.</summary>
    public static RecordBatch Read(ByteString message)
    {
        using var reader = new ArrowStreamReader(message.Memory);
        return reader.ReadNextRecordBatch();
    }

    /// <summary>Adds the rows of a record batch, with the values that <see cref="ISqlSession.QueryAsync"/> promises.</summary>
    public static void AddTo(List<IReadOnlyDictionary<string, object?>> rows, RecordBatch batch)
    {
        var names = batch.Schema.FieldsList.Select(field => field.Name).ToArray();
        var values = new object?[batch.Length * names.Length];
        for (var column = 0; column < names.Length; column++) Fill(values, column, names.Length, batch.Column(column));
        rows.EnsureCapacity(rows.Count + batch.Length);
        for (var row = 0; row < batch.Length; row++) rows.Add(new Row(names, new(values, row * names.Length, names.Length)));
    }

    static void Fill(object?[] values, int at, int step, IArrowArray column)
    {
        switch (column)
        {
            case NullArray: break;
            case BooleanArray flags: Each(flags, i => flags.GetValue(i)!.Value); break;
            case Int8Array numbers: Each(numbers, i => (long)numbers.GetValue(i)!.Value); break;
            case Int16Array numbers: Each(numbers, i => (long)numbers.GetValue(i)!.Value); break;
            case Int32Array numbers: Each(numbers, i => (long)numbers.Values[i]); break;
            case Int64Array numbers: Each(numbers, i => numbers.Values[i]); break;
            case FloatArray numbers: Each(numbers, i => (double)numbers.Values[i]); break;
            case DoubleArray numbers: Each(numbers, i => numbers.Values[i]); break;
            case StringArray texts: Each(texts, i => texts.GetString(i)); break;
            case Date32Array days: Each(days, i => DateOnly.FromDayNumber(days.Values[i] + DaysTo1970)); break;
            case Decimal128Array money: Each(money, i => DecimalOf(money, i)); break;
            default:
                throw new SqlEngineException("sql.unsupported_type",
                    $"The query gives a value of type {column.Data.DataType.Name}. Cast it to text, a number, a date or true and false.",
                    isRetryable: false);
        }

        void Each(IArrowArray array, Func<int, object> value)
        {
            for (int i = 0, place = at; i < array.Length; i++, place += step)
                if (!array.IsNull(i)) values[place] = value(i);
        }
    }

    const int DaysTo1970 = 719_162;

    // The library's own conversion rounds without a word.
    static decimal DecimalOf(Decimal128Array column, int row)
    {
        var type = (Decimal128Type)column.Data.DataType;
        var number = MemoryMarshal.Read<Int128>(column.ValueBuffer.Span[((row + column.Offset) * 16)..]);
        var size = Int128.Abs(number);
        if (size >> 96 != 0)
            throw new SqlEngineException("sql.unsupported_type",
                $"The query gives a number of type decimal({type.Precision},{type.Scale}) with more than 28 digits. Cast it to a " +
                "smaller one.", isRetryable: false);
        return new((int)(uint)size, (int)(uint)(size >> 32), (int)(uint)(size >> 64), number < 0, (byte)type.Scale);
    }

    sealed class Row(string[] names, ArraySegment<object?> values) : IReadOnlyDictionary<string, object?>
    {
        public object? this[string key] => TryGetValue(key, out var value)
            ? value : throw new KeyNotFoundException($"The query gives no column '{key}', only {string.Join(", ", names)}.");

        public IEnumerable<string> Keys => names;

        public IEnumerable<object?> Values => values;

        public int Count => names.Length;

        public bool ContainsKey(string key) => System.Array.IndexOf(names, key) >= 0;

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out object? value)
        {
            var place = System.Array.IndexOf(names, key);
            value = place < 0 ? null : values[place];
            return place >= 0;
        }

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
            names.Select((name, i) => KeyValuePair.Create(name, values[i])).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
