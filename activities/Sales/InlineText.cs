using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Orchestrator.Activities.Sales;

/// <summary>A text of at most 12 bytes as DuckDB keeps it in a vector: its length in 4 bytes, then its bytes, then zeros.</summary>
/// <remarks>The layout of <c>string_t</c>: https://duckdb.org/docs/stable/internals/vector#string-vectors.</remarks>
[StructLayout(LayoutKind.Sequential)]
readonly record struct InlineText(ulong LengthAndPrefix, ulong Rest)
{
    const int MaxBytes = 12;

    /// <summary>The keys 0 to count − 1 of a kind.</summary>
    public static InlineText[] AllOf(SaleIds ids, int count)
    {
        var texts = new InlineText[count];
        for (var number = 0; number < count; number++) texts[number] = Of(ids.Of(number));
        return texts;
    }

    static InlineText Of(string text)
    {
        Span<byte> bytes = stackalloc byte[4 + MaxBytes];
        bytes.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Encoding.UTF8.GetBytes(text, bytes[4..]));
        return new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
    }
}
