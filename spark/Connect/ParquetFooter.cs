using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>
/// What a Parquet file says of itself at its end: how many rows and which columns
/// (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift, in Thrift's compact protocol).
/// </summary>
/// <param name="Rows">Rows in it.</param>
/// <param name="Columns">Its columns in order.</param>
sealed record ParquetFooter(long Rows, IReadOnlyList<SqlColumn> Columns)
{
    // Length of the metadata, then PAR1.
    const int TailBytes = 8;

    /// <summary>Reads the end of a file.</summary>
    /// <exception cref="SqlEngineException"><c>sql.io_failed</c>: it is no whole Parquet file.</exception>
    public static async Task<ParquetFooter> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);
        try
        {
            var tail = new byte[TailBytes];
            file.Position = file.Length - TailBytes;
            await file.ReadExactlyAsync(tail, cancellationToken);
            if (!tail.AsSpan(4).SequenceEqual("PAR1"u8)) throw new InvalidDataException("its end is not PAR1");
            var metadata = new byte[BinaryPrimitives.ReadInt32LittleEndian(tail)];
            file.Position = file.Length - TailBytes - metadata.Length;
            await file.ReadExactlyAsync(metadata, cancellationToken);
            return Parse(metadata);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new SqlEngineException("sql.io_failed", $"'{path}' is not a whole Parquet file: {error.Message}. Run the activity again.", isRetryable: true, error);
        }
    }

    /// <summary>Reads the metadata.</summary>
    public static ParquetFooter Parse(ReadOnlySpan<byte> metadata)
    {
        var reader = new CompactReader(metadata);
        long? rows = null;
        List<SqlColumn> columns = [];
        while (reader.NextField() is { } field)
        {
            switch (field.Id)
            {
                case 2: columns = ReadSchema(ref reader); break;
                case 3: rows = reader.ReadInteger(); break;
                default: reader.Skip(field.Type); break;
            }
        }
        return new(rows ?? throw new InvalidDataException("it does not say how many rows it has"), columns);
    }

    static List<SqlColumn> ReadSchema(ref CompactReader reader)
    {
        var columns = new List<SqlColumn>();
        var count = reader.ReadListSize();
        for (var i = 0; i < count; i++)
        {
            var (name, type, converted, scale, precision) = ("", -1L, -1L, 0L, 0L);
            var before = reader.EnterStruct();
            while (reader.NextField() is { } field)
            {
                switch (field.Id)
                {
                    case 1: type = reader.ReadInteger(); break;
                    case 4: name = reader.ReadText(); break;
                    case 6: converted = reader.ReadInteger(); break;
                    case 7: scale = reader.ReadInteger(); break;
                    case 8: precision = reader.ReadInteger(); break;
                    default: reader.Skip(field.Type); break;
                }
            }
            reader.LeaveStruct(before);
            // The first is the root, which stands for the row.
            if (i > 0) columns.Add(new(name, TypeName(type, converted, precision, scale)));
        }
        return columns;
    }

    static string TypeName(long type, long converted, long precision, long scale) => (type, converted) switch
    {
        (_, 5) => string.Create(CultureInfo.InvariantCulture, $"decimal({precision},{scale})"),
        (_, 6) => "date",
        (0, _) => "boolean",
        (1, 15) => "tinyint",
        (1, 16) => "smallint",
        (1, _) => "int",
        (2, 9 or 10) => "timestamp",
        (2, _) => "bigint",
        (3, _) => "timestamp",
        (4, _) => "float",
        (5, _) => "double",
        (_, 0) => "text",
        _ => "blob",
    };

    ref struct CompactReader(ReadOnlySpan<byte> bytes)
    {
        readonly ReadOnlySpan<byte> bytes = bytes;
        int at;
        int lastId;

        public (int Id, int Type)? NextField()
        {
            var head = bytes[at++];
            if (head == 0) return null;
            var step = head >> 4;
            lastId = step == 0 ? (int)ReadInteger() : lastId + step;
            return (lastId, head & 15);
        }

        public int EnterStruct()
        {
            var before = lastId;
            lastId = 0;
            return before;
        }

        public void LeaveStruct(int before) => lastId = before;

        public long ReadInteger()
        {
            var raw = ReadVarint();
            return (long)(raw >> 1) ^ -(long)(raw & 1);
        }

        public string ReadText() => Encoding.UTF8.GetString(ReadBytes());

        public int ReadListSize() => ReadListHead().Size;

        public void Skip(int type)
        {
            switch (type)
            {
                case 1 or 2: break;
                case 3: at++; break;
                case 4 or 5 or 6: ReadVarint(); break;
                case 7: at += 8; break;
                case 8: ReadBytes(); break;
                case 9 or 10:
                    var (element, size) = ReadListHead();
                    for (var i = 0; i < size; i++) SkipElement(element);
                    break;
                case 11:
                    var pairs = ReadVarint();
                    if (pairs == 0) break;
                    var types = bytes[at++];
                    for (var i = 0UL; i < pairs; i++)
                    {
                        SkipElement(types >> 4);
                        SkipElement(types & 15);
                    }
                    break;
                case 12:
                    var before = EnterStruct();
                    while (NextField() is { } field) Skip(field.Type);
                    LeaveStruct(before);
                    break;
                default: throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"it has a field of unknown type {type}"));
            }
        }

        // In a list, true and false take a byte.
        void SkipElement(int type)
        {
            if (type is 1 or 2) at++;
            else Skip(type);
        }

        (int Type, int Size) ReadListHead()
        {
            var head = bytes[at++];
            var size = head >> 4;
            return (head & 15, size == 15 ? checked((int)ReadVarint()) : size);
        }

        ReadOnlySpan<byte> ReadBytes()
        {
            var length = checked((int)ReadVarint());
            at += length;
            return bytes.Slice(at - length, length);
        }

        ulong ReadVarint()
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var part = bytes[at++];
                value |= (ulong)(part & 127) << shift;
                if (part < 128) return value;
            }
        }
    }
}
