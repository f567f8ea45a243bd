using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Orchestrator.Spark.DuckDb;

/// <summary>A text of at most 12 bytes as DuckDB keeps it in a vector: its length in 4 bytes, then its bytes, then zeros.</summary>
/// <remarks>The layout of <c>string_t</c>: https://duckdb.org/docs/stable/internals/vector#string-vectors.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct InlineText
{
    /// <summary>Length of the longest one.</summary>
    public const int MaxBytes = 12;

    readonly ulong lengthAndPrefix, rest;

    InlineText(ulong lengthAndPrefix, ulong rest) => (this.lengthAndPrefix, this.rest) = (lengthAndPrefix, rest);

    /// <summary>Lays out a text.</summary>
    /// <param name="utf8">At most <see cref="MaxBytes"/> bytes.</param>
    public static InlineText Of(ReadOnlySpan<byte> utf8)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int) + MaxBytes];
        bytes.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, utf8.Length);
        utf8.CopyTo(bytes[sizeof(int)..]);
        return new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
    }
}
